"""Who uses this tab. The truth is the session at the user service; a State only remembers its id, on the server."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.users import Role, Session, User
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import Lang, href, language_of, t
from storefront.session_cookie import CODE_AGE_S, device_in
from storefront.state.device import REMEMBERED

T = TypeVar("T")

SYNC_KEY = "sweetdream.changed"
"""The localStorage entry whose writing tells other tabs that session or cart changed. It holds a time, nothing else."""

DRAFTS = "sweetdream.draft."
"""What the names of localStorage entries begin with that keep what somebody typed. They go when the person does."""

_FORGET_PERSON = (
    f"try{{Object.keys(localStorage).filter(k=>k.startsWith('{DRAFTS}')||k==='{REMEMBERED}')"
    ".forEach(k=>localStorage.removeItem(k))}catch(e){}"
)

SIGN_OUT_S = 15.0
"""How long a browser may take to sign out."""

_POST = "{method:'POST',headers:{'X-SweetDream':'1'},credentials:'same-origin'"
_TELL_TABS = f"try{{localStorage.setItem('{SYNC_KEY}',String(Date.now()))}}catch(e){{}}"

HANDOFF_SCRIPT = (
    f"fetch('/auth/handoff',{_POST}}})"
    ".then(r=>r.status===200?r.json().then(j=>j.code):r.status===204?'':null).catch(()=>null)"
)
"""Answers a code for the browser's session, "" when there is none, null when that could not be learned."""


def tell_other_tabs() -> EventSpec:
    """Let the shop's other tabs know that session or cart changed."""
    return rx.call_script(_TELL_TABS)


def start_over(address: str = "") -> str:
    """Return the script with which a tab forgets the person, and goes to `address` or stays where it is.

    To the server it is a new tab from then on: what States hold of the person (an order, an address half typed) is
    nobody's, and shown to nobody.
    """
    to = f"location.replace({json.dumps(address)})" if address else "location.reload()"
    return f"sessionStorage.clear();{to}"


def _exchange(sid: str, then: str, device: str) -> EventSpec:
    code = wiring.signer().code(sid, "exchange", device)
    # Tried again on a broken connection: without the cookie a reload would lose the session.
    return rx.call_script(
        f"(async()=>{{for(const wait of [0,500,2000]){{await new Promise(r=>setTimeout(r,wait));"
        f"try{{const r=await fetch('/auth/exchange',{_POST},body:'{code}'}});"
        f"if(r.ok){{{_TELL_TABS};{then}}}return}}catch(e){{}}}}}})()"
    )


class SessionState(rx.State):
    """The person in this tab. States of everything that is theirs derive from it, to call services as them."""

    person_name: str = ""
    person_email: str = ""
    is_signed_in: bool = False
    is_admin: bool = False

    _sid: str = ""
    _user: User | None = None
    _cookie_seen: str = ""
    _left: int = 0
    """Who was signed in here last; what States hold may still be theirs."""
    _entered_at: float | None = None
    """When somebody last signed in here, by the clock on the wall."""
    _signed_out_at: float | None = None
    """When somebody last signed out here, by the clock on the wall."""

    @rx.event
    async def restore(self) -> EventSpec | None:
        """Take over the session of the browser's cookie, as the websocket brought it. First in every page's on_load."""
        cookie = wiring.signer().read_header(self.router.headers.cookie)
        if cookie == self._cookie_seen:
            # This tab may have signed in or out since it connected: the websocket still shows the old cookie.
            return None
        self._cookie_seen = cookie
        return await self._adopt(cookie)

    @rx.event
    async def sign_out(self) -> list[EventSpec]:
        """End the session here, at the services, and in the browser."""
        return await self._sign_out()

    async def _sign_out(self) -> list[EventSpec]:
        if told := await self._session_state()._send_what_waits():
            return told  # whoever still wants to go after reading that asks again
        if self._sid:
            wiring.tokens().log_out(self._sid)
        self._leave()
        self._signed_out_at = time.time()
        script = f"{_FORGET_PERSON};{_TELL_TABS};{start_over(href(self._language(), '/'))}"
        return [rx.call_script(f"fetch('/auth/logout',{_POST},keepalive:true}}).catch(()=>0).then(()=>{{{script}}})")]

    def _show_out(self, address: str) -> EventSpec:
        """Return the event that sends a tab to `address` whose person may not be here.

        Whoever has just signed out is on the way already: an open page's next event must not lead them elsewhere, nor
        cut the sign-out short.
        """
        is_leaving = self._signed_out_at is not None and time.time() - self._signed_out_at < SIGN_OUT_S
        script: EventSpec = rx.call_script("" if is_leaving else start_over(address))
        return script

    def _enter(self, session: Session, then: str = "") -> EventSpec:
        """Make `session` this tab's, and return the event that puts it into the browser's cookie.

        `then` is a script to run once the cookie is there.
        """
        self._give_way_to(session.user)
        wiring.tokens().put(session)
        self._sid = str(session.session_id)
        self._entered_at = time.time()
        self._show(session.user)
        return _exchange(self._sid, then, session.device_token or "")

    def _answers_to(self, cookie: str) -> bool:
        """Tell whether a connection whose cookie holds the session id `cookie` may go on with this tab's State.

        A signed-in person's answers to their own cookie only. Until the cookie has been seen once, it may still be on
        its way to the browser: for as long as the code that fetches it is good.
        """
        if not self.is_signed_in:
            return True
        if cookie == self._sid:
            self._entered_at = None
            return True
        return self._entered_at is not None and time.time() - self._entered_at < CODE_AGE_S

    async def _take_over(self, code: str | None) -> EventSpec | None:
        """Take over the session another tab has now; "" means that it signed out, None that nothing is known."""
        if code is None:
            return None
        sid = (await wiring.signer().redeem(code, "adopt")).sid if code else ""
        return None if code and not sid else await self._adopt(sid)

    async def _adopt(self, sid: str) -> EventSpec | None:
        if sid == self._sid:
            return None
        before = self._user if self.is_signed_in else None
        if not sid:
            self._leave()
            return rx.call_script(start_over(href(self._language(), "/"))) if before else None
        try:
            live = await wiring.tokens().get(sid)
        except SessionEnded:
            self._leave()
            return self._ended_toast() if before else None
        except (ServiceProblem, ServiceUnavailable):
            self._leave()
            self._sid = sid
            return None  # the id is kept: whatever needs the person asks again
        self._give_way_to(live.user)
        self._sid = sid
        self._show(live.user)
        if before and self._user and self._user.id != before.id:
            return rx.call_script(start_over())
        return None

    def _ended_toast(self) -> EventSpec:
        toast: EventSpec = rx.toast.info(t(self._language(), "session.ended"), id="session-ended")
        return toast

    def _show(self, user: User) -> None:
        self._user = user
        self.is_signed_in = user.role is not Role.GUEST
        self.is_admin = user.role is Role.ADMIN
        self.person_name = user.name
        self.person_email = user.email or ""

    async def _change_person(self, change: Mapping[str, str]) -> None:
        """Change fields of the person's own profile, for this tab and those that open next. Raises as `_call` does."""
        user_id = self._user_id()
        user = await self._call(lambda token: wiring.users().change(user_id, change, token))
        wiring.tokens().show(self._sid, user)
        self._show(user)

    def _leave(self) -> None:
        self._give_way_to(None)
        if self._user and self.is_signed_in:
            self._left = self._user.id
        self._sid, self._user = "", None
        self.is_signed_in = self.is_admin = False
        self.person_name = self.person_email = ""

    def _give_way_to(self, successor: User | None) -> None:
        """Have forgotten what a member of staff saw in this tab, unless it stays theirs."""
        before = self._user
        if before is None or before.role is not Role.ADMIN:
            return
        if successor is None or (successor.id, successor.role) != (before.id, before.role):
            self._session_state()._staff_left()

    def _session_state(self) -> "SessionState":
        """Return this tab's SessionState itself, from which all the others of its person derive."""
        base: Any = self._get_root_state().get_substate(SessionState.get_full_name().split("."))
        return cast(SessionState, base)

    async def _send_what_waits(self) -> list[EventSpec]:
        """Send what the person has decided and is not sent yet; return what there is to tell of what failed."""
        told: list[EventSpec] = []
        for state in self.substates.values():
            if isinstance(state, SessionState):
                told += await state._send_what_waits()
        return told

    def _staff_left(self) -> None:
        """Forget what only staff may see. The base of States knows nothing; it tells those derived from it."""
        for state in self.substates.values():
            if isinstance(state, SessionState):
                state._staff_left()

    async def _person(self) -> User | None:
        """Return this tab's person, or None for nobody. Raises SessionEnded and ServiceUnavailable."""
        if not self._sid:
            return None
        live = await wiring.tokens().get(self._sid)
        if self._user is None:
            self._show(live.user)
        return self._user

    async def _call(self, request: Callable[[str], Awaitable[T]]) -> T:
        """Call a service as this tab's person. `request` is given an access token.

        Raises SessionEnded (this tab is signed out then), ServiceProblem, ServiceUnavailable.
        """
        if not self._sid:
            raise SessionEnded
        try:
            await self._person()
            return await wiring.tokens().call(self._sid, request)
        except SessionEnded:
            self._leave()
            raise

    async def _become_somebody(self) -> EventSpec | None:
        """Make this tab's person a guest if they are nobody yet, and return the event that tells the browser.

        A guest whose session has ended becomes another one. A customer is never turned into a guest behind their back:
        SessionEnded is raised, and this tab is signed out. Raises ServiceProblem and ServiceUnavailable too.
        """
        was_signed_in = self.is_signed_in
        try:
            if await self._person():
                return None
        except SessionEnded:
            self._leave()
            if was_signed_in:
                raise
        return self._enter(await wiring.users().guest(self.router.session.client_ip))

    async def _guest_token(self) -> str | None:
        """Return the token of this tab's guest, for signing in to take their cart along; None for anybody else."""
        try:
            person = await self._person()
            return (await wiring.tokens().get(self._sid)).value if person and person.role is Role.GUEST else None
        except SessionEnded:
            self._leave()
            return None

    def _device(self) -> str:
        """Return the device token of this tab's browser, or ""."""
        return device_in(self.router.headers.cookie)

    def _user_id(self) -> int:
        return self._user.id if self._user else 0

    def _language(self) -> Lang:
        return language_of(self)

"""Signing in, registering, and one's profile."""

from typing import Any, cast
from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.users import Role, Session
from storefront.access import STAFF_ROOT
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.dates import minutes_left
from storefront.i18n import href, split, t
from storefront.state.cart import CartState, Events
from storefront.state.once import Once
from storefront.state.session import start_over
from storefront.state.validate import Kind, focus_script, problem_of

FORM_NOTICE = "form-notice"


def local_path(path: str) -> str:
    """Return `path` if it is a page of this shop, else "". Sign-in never sends anybody to another site."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else ""


class AccountForms(Once, CartState):
    """What the forms around an account share."""

    errors: dict[str, str] = {}  # noqa: RUF012 - Reflex copies a default for each tab
    notice: str = ""
    is_busy: bool = False
    next_query: str = ""

    @rx.event
    async def open_form(self) -> EventSpec | None:
        """Begin with a clean form. Who is signed in already goes on to where they wanted to."""
        self.errors, self.notice, self.is_busy = {}, "", False
        onward = local_path(self.router.url.query_parameters.get("next", ""))
        self.next_query = f"?next={quote(onward)}" if onward else ""
        return rx.redirect(self._onward(is_admin=self.is_admin)) if self.is_signed_in else None

    @rx.event
    def recheck(self, field: str, value: str) -> None:
        """Take a message away once what it says is mended."""
        if field in self.errors and not problem_of(_kind(field), value):
            self.errors.pop(field)

    def _onward(self, *, is_admin: bool) -> str:
        """Return the address to go to once somebody is signed in."""
        home = STAFF_ROOT if is_admin else "/account"
        return local_path(self.router.url.query_parameters.get("next", "")) or href(self._language(), home)

    def _check(self, form: dict[str, Any], fields: dict[str, bool]) -> str:
        """Check `fields` (name -> whether it must be there), keep the messages, and return the first wrong field."""
        lang = self._language()
        found = {
            field: problem_of(_kind(field), str(form.get(field, "")), required=required)
            for field, required in fields.items()
        }
        self.errors = {field: t(lang, key) for field, key in found.items() if key}
        self.notice = ""
        return next(iter(self.errors), "")

    def _fail(self, error: Exception) -> EventSpec:
        """Say in place why a form was not accepted. Nothing that was typed is lost."""
        lang = self._language()
        field = ""
        if isinstance(error, ServiceProblem) and error.code == "email_taken":
            field = "email"
            self.errors = {field: t(lang, "account.email_taken")}
        elif isinstance(error, ServiceProblem) and error.code == "wrong_password":
            field = "current_password"
            self.errors = {field: t(lang, "account.wrong_password")}
        elif isinstance(error, ServiceProblem) and error.code == "invalid_credentials":
            self.notice = t(lang, "account.invalid_credentials")
        elif isinstance(error, ServiceProblem) and error.code == "rate_limited":
            self.notice = t(lang, "account.rate_limited", minutes=minutes_left(error))
        elif isinstance(error, ServiceProblem) and error.code in {"validation_error", "weak_password"}:
            reason = "easy" if error.code == "weak_password" else "wrong"
            names = {str(item.get("field", "")).rpartition(".")[2] for item in error.body.get("errors", [])}
            wire = {"newPassword": "new_password", "currentPassword": "current_password"}
            fields = [wire.get(name, name) for name in names]
            self.errors = {name: t(lang, f"form.{_kind(name)}_{reason}") for name in fields if name in _KINDS}
            field = next(iter(self.errors), "")
            self.notice = "" if field else t(lang, "session.failed")
        elif isinstance(error, SessionEnded):
            self.notice = t(lang, "session.ended")
        else:
            self.notice = t(lang, "account.unavailable")
        script: EventSpec = rx.call_script(focus_script(field or FORM_NOTICE))
        return script


class SignInState(AccountForms):
    """The way into an account. A guest's cart comes along."""

    @rx.event
    async def sign_in(self, form: dict[str, Any]) -> Events:
        """Open a session with e-mail and password."""
        async for event in self._once(self._try_sign_in, form):
            yield event

    async def _try_sign_in(self, form: dict[str, Any]) -> Events:
        email, password = str(form.get("email", "")).strip(), str(form.get("password", ""))
        first = self._check({"email": email}, {"email": True})
        if not password:
            self.errors["password"] = t(self._language(), "form.password_missing")
            first = first or "password"
        if first:
            yield rx.call_script(focus_script(first))
            return
        self.is_busy = True
        yield None
        try:
            guest, address = await self._guest_token(), self.router.session.client_ip
            session = await wiring.users().login(email, password, guest, address, self._device())
        except (ServiceProblem, ServiceUnavailable) as error:
            yield self._fail(error)
            return
        finally:
            self.is_busy = False
        async for event in self._welcome(session):
            yield event

    @rx.event
    async def register(self, form: dict[str, Any]) -> Events:
        """Make an account and open its session."""
        async for event in self._once(self._try_register, form):
            yield event

    async def _try_register(self, form: dict[str, Any]) -> Events:
        person = {name: str(form.get(name, "")) for name in ("name", "email", "password", "phone", "address")}
        first = self._check(person, {"name": True, "email": True, "phone": False, "address": False, "password": True})
        if first:
            yield rx.call_script(focus_script(first))
            return
        self.is_busy = True
        yield None
        try:
            guest, address = await self._guest_token(), self.router.session.client_ip
            session = await wiring.users().register(person, guest, address, self._device())
        except (ServiceProblem, ServiceUnavailable) as error:
            yield self._fail(error)
            return
        finally:
            self.is_busy = False
        async for event in self._welcome(session):
            yield event

    async def _welcome(self, session: Session) -> Events:
        onward = self._onward(is_admin=session.user.role is Role.ADMIN)
        if self._left not in {0, session.user.id}:
            # What somebody else saw in this tab, or began to type, is not for the one who signs in now.
            yield self._enter(session, start_over(onward))
            return
        yield self._enter(session)
        yield await self._load()
        lang = self._language()
        yield rx.toast.success(t(lang, "account.welcome", name=session.user.name))
        yield rx.redirect(onward)


class ProfileState(AccountForms):
    """One's own profile."""

    profile_name: str = ""
    profile_phone: str = ""
    profile_address: str = ""
    is_changing_password: bool = False
    password_form: int = 0
    """Counts password changes: a new number makes a new, empty form."""

    @rx.event
    async def open(self) -> EventSpec | None:
        """Show the profile, or the way in to who is not signed in."""
        self.errors, self.notice, self.is_busy, self.is_changing_password = {}, "", False, False
        if self.is_signed_in and self._user:
            self._fill()
            return None
        if self._sid and self._user is None:
            return None  # the user service does not answer: the page says so, and recovers
        path = split(self.router.url.path)[1]
        lang = self._language()
        to: EventSpec = rx.redirect(href(lang, f"/login?next={quote(href(lang, path))}"), replace=True)
        return to

    @rx.event
    async def retry(self) -> list[EventSpec | None]:
        """Try again because somebody asked."""
        return [await self._load(), cast(EventSpec, ProfileState.open)]

    @rx.event
    async def leave(self) -> list[EventSpec]:
        """Sign out; the tab begins anew at the home page."""
        return await self._sign_out()

    @rx.event
    async def save(self, form: dict[str, Any]) -> Events:
        """Change name, phone and address."""
        async for event in self._once(self._try_save, form):
            yield event

    async def _try_save(self, form: dict[str, Any]) -> Events:
        if first := self._check(form, {"name": True, "phone": False, "address": False}):
            yield rx.call_script(focus_script(first))
            return
        change = {name: str(form.get(name, "")) for name in ("name", "phone", "address")}
        self.is_busy = True
        yield None
        error = await self._change_profile(change)
        self.is_busy = False
        if error:
            yield self._fail(error)
        else:
            self._fill()
            yield rx.toast.success(t(self._language(), "account.saved"))

    @rx.event
    async def change_password(self, form: dict[str, Any]) -> Events:
        """Change the password; the present one proves who asks."""
        async for event in self._once(self._try_password, form):
            yield event

    async def _try_password(self, form: dict[str, Any]) -> Events:
        lang = self._language()
        current, new = str(form.get("current_password", "")), str(form.get("new_password", ""))
        self.errors, self.notice = {}, ""
        if not current:
            self.errors["current_password"] = t(lang, "form.password_missing")
        if key := problem_of("password", new):
            self.errors["new_password"] = t(lang, key)
        if self.errors:
            yield rx.call_script(focus_script(next(iter(self.errors))))
            return
        self.is_changing_password = True
        yield None
        error = await self._change_profile({"currentPassword": current, "newPassword": new})
        self.is_changing_password = False
        if error:
            yield self._fail(error)
        else:
            self.password_form += 1
            yield rx.toast.success(t(lang, "account.password_saved"))

    async def _change_profile(self, change: dict[str, str]) -> Exception | None:
        try:
            await self._change_person(change)
        except (ServiceProblem, ServiceUnavailable, SessionEnded) as error:
            return error
        return None

    def _fill(self) -> None:
        if self._user:
            self.profile_name, self.profile_phone = self._user.name, self._user.phone
            self.profile_address = self._user.address


_KINDS: dict[str, Kind] = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "address": "address",
    "password": "password",
    "new_password": "password",
    "current_password": "password",
}


def _kind(field: str) -> Kind:
    return _KINDS.get(field, "name")

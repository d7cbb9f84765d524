"""Access tokens of live sessions. They live here, in the process's memory, and never in a State or a browser."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from shopkit import log
from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.users import Session, User
from storefront.clients.users import EARLY_S, UserClient

T = TypeVar("T")

CAPACITY = 20_000
"""Sessions remembered at once; the ones used longest ago are forgotten first and fetched again when needed."""

LOGOUT_DELAYS_S = (0.0, 1.0, 5.0, 30.0, 120.0, 300.0)
"""When a logout is told to the user service again if it does not answer."""


class SessionEnded(Exception):
    """The session is over: logged out, its role changed, or expired. The person has to sign in again."""


@dataclass(frozen=True)
class LiveToken:
    """An access token, got `since` and good until `until` (on the cache's clock), and whose it is."""

    value: str
    since: float
    until: float
    user: User


class TokenCache:
    """Session id -> access token. Any number of callers that miss share one request."""

    def __init__(self, users: UserClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._users, self._clock = users, clock
        self._live: OrderedDict[str, LiveToken] = OrderedDict()
        self._flights: dict[str, asyncio.Task[LiveToken]] = {}
        self._logged_out: dict[str, asyncio.Task[None]] = {}

    def put(self, session: Session) -> None:
        """Remember the token that came with a new session."""
        token = self._token(session.access_token, session.expires_in, session.user)
        self._keep(str(session.session_id), token)

    def show(self, sid: str, user: User) -> None:
        """Remember what a session's person has changed about themselves, for the tabs that ask next."""
        if live := self._live.get(sid):
            self._live[sid] = replace(live, user=user)

    def forget(self, sid: str) -> None:
        """Forget a token that a service refused; the next caller fetches a fresh one."""
        self._live.pop(sid, None)
        self._flights.pop(sid, None)

    async def get(self, sid: str) -> LiveToken:
        """Return a token of the session that is good for at least a minute, and its person.

        Raises:
            SessionEnded: the session is over.
            ServiceUnavailable: the user service does not answer.
        """
        if sid in self._logged_out:
            raise SessionEnded
        live = self._live.get(sid)
        if live and live.until > self._clock():
            self._live.move_to_end(sid)
            return live
        flight = self._flights.get(sid)
        if flight is None:
            flight = self._flights[sid] = asyncio.create_task(self._fetch(sid))
            flight.add_done_callback(lambda done: self._landed(sid, done))
        # One caller going away must not fail the others.
        return await asyncio.shield(flight)

    async def confirmed(self, sid: str, max_age_s: float) -> LiveToken:
        """Return what `get` returns, after asking the user service whether the session lives still.

        It is asked only when its last word on that is older than `max_age_s`, and while it does not answer, that last
        word counts for as long as its token does. Raises as `get` does.
        """
        known = self._live.get(sid)
        if known is None or known.since + max_age_s > self._clock():
            return await self.get(sid)
        self.forget(sid)
        try:
            return await self.get(sid)
        except ServiceUnavailable:
            if known.until <= self._clock():
                raise
            self._keep(sid, known)
            return known

    async def call(self, sid: str, request: Callable[[str], Awaitable[T]]) -> T:
        """Return `request(token)`; when a service refuses the token, try once more with a fresh one.

        Raises:
            SessionEnded: the session is over.
            ServiceProblem: any problem but 401.
            ServiceUnavailable: a service does not answer.
        """
        for _ in range(2):
            live = await self.get(sid)
            try:
                return await request(live.value)
            except ServiceProblem as problem:
                if problem.status != 401:
                    raise
                self.forget(sid)
        raise SessionEnded

    def log_out(self, sid: str) -> None:
        """End the session: here at once, so that every tab's next call fails; at the user service once it answers."""
        live = self._live.get(sid)
        self.forget(sid)
        if sid not in self._logged_out:
            self._logged_out[sid] = asyncio.create_task(self._tell(sid, live))

    async def settled(self, sid: str) -> None:
        """Wait until the user service knows of a logout, or has been given up on."""
        if task := self._logged_out.get(sid):
            await asyncio.shield(task)

    async def _tell(self, sid: str, live: LiveToken | None) -> None:
        for delay in LOGOUT_DELAYS_S:
            await asyncio.sleep(delay)
            try:
                token = live.value if live and live.until > self._clock() else (await self._fetch(sid)).value
                await self._users.logout(token)
            except ServiceUnavailable:
                continue
            except (ServiceProblem, SessionEnded):
                pass  # it is over already
            except Exception:
                log.get().exception("logout_not_told")
                continue
            break
        # Told or not, keep refusing for as long as an access token lasts, then let the memory go.
        asyncio.get_running_loop().call_later(900, self._logged_out.pop, sid, None)

    async def _fetch(self, sid: str) -> LiveToken:
        try:
            reply = await self._users.session_token(sid)
        except ServiceProblem as problem:
            if problem.status == 404:
                raise SessionEnded from None
            raise
        return self._token(reply.access_token, reply.expires_in, reply.user)

    def _landed(self, sid: str, flight: asyncio.Task[LiveToken]) -> None:
        if self._flights.get(sid) is not flight:
            # Forgotten or logged out while it was in the air: its token must not come back.
            if not flight.cancelled():
                flight.exception()
            return
        del self._flights[sid]
        if not flight.cancelled() and flight.exception() is None:
            self._keep(sid, flight.result())

    def _token(self, value: str, expires_in: int, user: User) -> LiveToken:
        now = self._clock()
        return LiveToken(value, now, now + expires_in - EARLY_S, user)

    def _keep(self, sid: str, live: LiveToken) -> None:
        self._live[sid] = live
        self._live.move_to_end(sid)
        while len(self._live) > CAPACITY:
            self._live.popitem(last=False)

"""What the storefront asks of the user service: sessions and people's own profiles."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from shopkit.client import CallOptions, ServiceClient, ServiceProblem
from shopkit.contracts.base import Page
from shopkit.contracts.users import Role, ServiceToken, Session, SessionToken, User
from shopkit.contracts.visits import VisitStart

if TYPE_CHECKING:
    from storefront.clients.catalog import CatalogClient

T = TypeVar("T")

EARLY_S = 60.0
"""A token is given up this long before it expires, so that no call carries one that expires on the way."""


def _on(device: str, body: Mapping[str, str]) -> Mapping[str, str]:
    return {**body, "deviceToken": device} if device else body


class UserClient:
    """The user service, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient, secret: SecretStr, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._secret, self._clock = service, secret, clock
        self._own: tuple[str, float] | None = None
        self._own_lock = asyncio.Lock()

    async def guest(self, address: str) -> Session:
        """Make a guest account and its session, for somebody at the network address `address`."""
        return await self._open("/api/auth/guest", None, None, address)

    async def register(
        self, person: Mapping[str, str], guest_token: str | None, address: str, device: str = ""
    ) -> Session:
        """Make a customer out of `person` (a RegisterRequest's fields); a guest's token turns that guest into them.

        Problems: 409 `email_taken`, 422 `validation_error` or `weak_password`, 429 `rate_limited`.
        """
        # A plain mapping, for a model's SecretStr is masked when it is dumped.
        return await self._open("/api/auth/register", _on(device, person), guest_token, address)

    async def login(
        self, email: str, password: str, guest_token: str | None, address: str, device: str = ""
    ) -> Session:
        """Open a session; a guest's token moves that guest's cart into the account.

        `device` is the token of the browser's device, or "" for one on which nobody has logged in.

        Problems: 401 `invalid_credentials`, 429 `rate_limited`.
        """
        credentials = {"email": email, "password": password}
        return await self._open("/api/auth/login", _on(device, credentials), guest_token, address)

    async def logout(self, token: str) -> None:
        """End the session that `token` belongs to."""
        await self._service.call("POST", "/api/auth/logout", token=token, idempotent=True)

    async def change(self, user_id: int, change: Mapping[str, str], token: str) -> User:
        """Change fields of one's own profile (a ProfileChange's fields), the password included."""
        return await self._service.call("PATCH", f"/api/customers/{user_id}", User, json=change, token=token)

    async def people(self, ids: Collection[int], token: str) -> list[User]:
        """Return the people of some ids (100 at most), for staff; an id of nobody's is left out."""
        params = {"ids": sorted(ids), "limit": 100}
        page = await self._service.call("GET", "/api/customers", Page[User], params=params, token=token)
        return page.items

    async def find_people(self, filters: Mapping[str, Any], token: str) -> Page[User]:
        """Return people, newest first, for staff; `filters` are q, role, limit, and `after`, the id to go on behind."""
        return await self._service.call("GET", "/api/customers", Page[User], params=filters, token=token)

    async def person(self, user_id: int, token: str) -> User:
        """Return a person, for staff. A problem 404 means that there is none."""
        return await self._service.call("GET", f"/api/customers/{user_id}", User, token=token)

    async def give_role(self, who: int | str, role: Role, token: str) -> User:
        """Give the person with an id or an e-mail a role, which ends their sessions if it is another one.

        Problems: 404 `not_found`, 409 `last_admin`, 409 `own_role`, 409 `guest_account`, 422 `validation_error`.
        """
        whose = f"{who}" if isinstance(who, int) else f"email/{quote(who, safe='')}"
        path = f"/api/customers/{whose}/role"
        return await self._service.call("PATCH", path, User, json={"role": role}, token=token, idempotent=True)

    async def session_token(self, sid: str) -> SessionToken:
        """Get a fresh access token of the session `sid`. A problem 404 means that the session has ended."""
        path = f"/internal/sessions/{sid}/token"
        return await self._as_storefront(
            lambda own: self._service.call("POST", path, SessionToken, token=own, idempotent=True)
        )

    async def start_visit(self, backend: "CatalogClient", visit: VisitStart) -> None:
        """Have the backend record that a visit began."""
        await self._as_storefront(lambda own: backend.start_visit(visit, own))

    async def _open(self, path: str, body: Mapping[str, str] | None, guest_token: str | None, address: str) -> Session:
        async def call(stated: Mapping[str, str]) -> Session:
            options: CallOptions = {"headers": stated}
            if body is not None:
                options["json"] = body
            if guest_token:
                options["token"] = guest_token
            return await self._service.call("POST", path, Session, **options)

        try:
            return await self.stating(address, call)
        except ServiceProblem as problem:
            if problem.status != 401 or problem.code == "invalid_credentials" or not guest_token:
                raise
        # The guest's session is over. One way there: an earlier try that seemed to fail has merged their cart already.
        return await self._open(path, body, None, address)

    async def stating(self, address: str, call: Callable[[Mapping[str, str]], Awaitable[T]]) -> T:
        """Call with the headers that state a person's network address, which services count attempts by.

        Only the storefront may say whose address it is: without them its own would count, for everybody together.
        """

        async def stated(own: str) -> T:
            told = {"X-Client-Address": address, "X-Service-Authorization": f"Bearer {own}"} if address else {}
            return await call(told)

        return await self._as_storefront(stated)

    async def _as_storefront(self, call: Callable[[str], Awaitable[T]]) -> T:
        """Call with the storefront's own token; once more with a new one if the service's keys have changed."""
        try:
            return await call(await self._own_token())
        except ServiceProblem as problem:
            if problem.status != 401 or problem.code == "invalid_credentials":
                raise
        self._own = None
        return await call(await self._own_token())

    async def _own_token(self) -> str:
        async with self._own_lock:
            if self._own is None or self._own[1] <= self._clock():
                proof = {"service": "storefront", "secret": self._secret.get_secret_value()}
                reply = await self._service.call(
                    "POST", "/internal/service-token", ServiceToken, json=proof, idempotent=True
                )
                self._own = reply.access_token, self._clock() + reply.expires_in - EARLY_S
            return self._own[0]

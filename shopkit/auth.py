"""Who is calling: tokens signed by the user service, verified with its public keys (JWKS, EdDSA).

People's tokens have the audience `sweetdream`; services' have `sweetdream-internal` and are good for `/internal` only.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shopkit.client import ServiceClient, ServiceProblem
from shopkit.contracts.users import Role, ServiceToken
from shopkit.errors import Forbidden, Unauthenticated, Unavailable
from shopkit.settings import Settings
from shopkit.visit import VISIT_HEADER, VISIT_PATTERN, opts_out

ALGORITHM = "EdDSA"
ISSUER = "sweetdream"
PEOPLE = "sweetdream"
SERVICES = "sweetdream-internal"
ACCESS_TOKEN_LIFE_S = 900
LEEWAY_S = 10
"""How far two machines' clocks may be apart."""
MAX_VERIFIED = 10_000
"""Tokens remembered as verified: checking a signature costs as much as answering a small request."""
KEY_REFETCH_S = 5.0
"""Least time between two fetches of the keys, so that forged key ids cannot make us hammer the user service."""


@dataclass(frozen=True)
class Person:
    """The caller of a public route. `visit` is what they call their visit, if they say.

    `opts_out` is whether they ask not to be recorded.
    """

    id: int
    role: Role
    session_id: UUID
    expires_at: datetime
    visit: str | None = None
    opts_out: bool = False

    @property
    def is_recorded(self) -> bool:
        """Whether what this person does in the shop becomes events. Staff are not customers."""
        return not (self.opts_out or self.is_admin)

    @property
    def event_session(self) -> str:
        """The session that this person's events belong to."""
        return self.visit or str(self.session_id)

    @property
    def is_admin(self) -> bool:
        """Whether this is a member of staff."""
        return self.role is Role.ADMIN

    def may_see(self, user_id: int) -> bool:
        """Whether what belongs to `user_id` is this person's to see."""
        return self.is_admin or self.id == user_id


class EndedSessions:
    """Sessions that ended while their access tokens live on: by logout, reuse of a refresh token or a role change.

    Kept in memory for as long as such a token can live, so it stays small.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def add(self, session_id: str, life_s: float = ACCESS_TOKEN_LIFE_S + LEEWAY_S) -> None:
        """Remember that a session ended."""
        now = time.monotonic()
        if len(self._until) > 10_000:
            self._until = {sid: until for sid, until in self._until.items() if until > now}
        self._until[session_id] = now + life_s

    def __contains__(self, session_id: str) -> bool:
        return self._until.get(session_id, 0.0) > time.monotonic()


class TokenVerifier:
    """Checks tokens. `fetch_keys` returns the user service's JWKS document."""

    def __init__(self, fetch_keys: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._fetch_keys = fetch_keys
        self._keys: dict[str, jwt.PyJWK] = {}
        self._verified: dict[str, dict[str, Any]] = {}
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()
        self.ended = EndedSessions()

    async def person(self, token: str) -> Person:
        """Return who the access token `token` belongs to.

        Raises:
            Unauthenticated: the token is not one of ours, expired, or its session ended.
        """
        claims = await self._claims(token, PEOPLE)
        try:
            person = Person(
                id=int(claims["sub"]),
                role=Role(claims["role"]),
                session_id=UUID(claims["sid"]),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (KeyError, ValueError):
            raise Unauthenticated(code="invalid_token") from None
        if str(person.session_id) in self.ended:
            raise Unauthenticated("This session has ended. Please sign in again.", code="session_ended")
        return person

    async def service(self, token: str) -> str:
        """Return the name of the service that `token` belongs to."""
        return str((await self._claims(token, SERVICES))["sub"])

    async def _claims(self, token: str, audience: str) -> dict[str, Any]:
        known = self._verified.get(token)
        if known is not None and known["aud"] == audience and known["exp"] + LEEWAY_S > time.time():
            return known
        claims = await self._verify(token, audience)
        if len(self._verified) >= MAX_VERIFIED:
            self._verified.clear()
        self._verified[token] = claims
        return claims

    async def _verify(self, token: str, audience: str) -> dict[str, Any]:
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=audience,
                issuer=ISSUER,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("Your sign-in has expired.", code="token_expired") from None
        except (jwt.PyJWTError, ValueError):
            raise Unauthenticated(code="invalid_token") from None

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._lock:
                if kid not in self._keys and time.monotonic() - self._fetched_at > KEY_REFETCH_S:
                    document = await self._fetch_keys()
                    self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(document).keys if key.key_id}
                    self._fetched_at = time.monotonic()
                    self._verified.clear()
        try:
            return self._keys[kid]
        except KeyError:
            raise jwt.InvalidKeyError(kid) from None


class ServiceTokens:
    """A service's own token for others' `/internal` routes, got from the user service, kept until it nears its end."""

    def __init__(self, service: str, settings: Settings, users: ServiceClient) -> None:
        self._ask = {"service": service, "secret": settings.service_secret.get_secret_value()}
        self._users = users
        self._token = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def __call__(self) -> str:
        """Return a token that is good for at least a minute."""
        async with self._lock:
            if time.monotonic() >= self._good_until:
                reply = await self._users.call(
                    "POST", "/internal/service-token", ServiceToken, json=self._ask, idempotent=True
                )
                self._token = reply.access_token
                self._good_until = time.monotonic() + reply.expires_in - 60
            return self._token

    def forget(self) -> None:
        """Drop the token, after a service refused it."""
        self._good_until = 0.0


_bearer = HTTPBearer(auto_error=False, scheme_name="accessToken", description="An access token of the user service.")
_service_bearer = HTTPBearer(auto_error=False, scheme_name="serviceToken", description="A service's own token.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
ServiceBearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_service_bearer)]


async def optional_person(request: Request, bearer: Bearer) -> Person | None:
    """Return the caller, or None for nobody. A bad token is refused, not taken for nobody."""
    if bearer is None:
        if "authorization" in request.headers:
            raise Unauthenticated("Authorization: only bearer tokens are understood.", code="invalid_token")
        return None
    verifier: TokenVerifier = request.app.state.verifier
    try:
        person = await verifier.person(bearer.credentials)
    except ServiceProblem as error:
        raise Unavailable from error
    visit = request.headers.get(VISIT_HEADER)
    if visit and not re.fullmatch(VISIT_PATTERN, visit):
        visit = None
    return replace(person, visit=visit, opts_out=opts_out(request.headers))


async def current_person(person: Annotated[Person | None, Depends(optional_person)]) -> Person:
    """Return the caller, who must be somebody."""
    if person is None:
        raise Unauthenticated
    return person


async def current_admin(person: Annotated[Person, Depends(current_person)]) -> Person:
    """Return the caller, who must be staff."""
    if not person.is_admin:
        raise Forbidden("Only the shop's staff may do this.")
    return person


def calling_service(*allowed: str) -> Callable[[Request, ServiceBearer], Coroutine[Any, Any, str]]:
    """Return a dependency that admits only the services named; a person's token has the wrong audience."""

    async def dependency(request: Request, bearer: ServiceBearer) -> str:
        verifier: TokenVerifier = request.app.state.verifier
        if bearer is None:
            raise Unauthenticated
        try:
            service = await verifier.service(bearer.credentials)
        except ServiceProblem as error:
            raise Unavailable from error
        if service not in allowed:
            raise Forbidden("This service may not do this.")
        return service

    return dependency


LOGIN_OPTIONAL: dict[str, Any] = {"security": [{}]}
"""`openapi_extra` of a route that takes `MaybePerson`: besides an access token, none at all will do as well."""

AnyPerson = Annotated[Person, Depends(current_person)]
MaybePerson = Annotated[Person | None, Depends(optional_person)]
Admin = Annotated[Person, Depends(current_admin)]

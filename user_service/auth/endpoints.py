"""Routes of becoming somebody. Who may state a client's address is told in `shopkit.addresses`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from shopkit.addresses import ClientAddress
from shopkit.auth import LOGIN_OPTIONAL, AnyPerson, Bearer, MaybePerson
from shopkit.contracts.users import (
    LoginRequest,
    RefreshRequest,
    RegisterRequest,
    Session,
    VerifyReply,
)
from user_service.auth.service import Accounts
from user_service.http import NO_STORE
from user_service.sessions.endpoints import LiveSessions

router = APIRouter(prefix="/api/auth", tags=["auth"], dependencies=[NO_STORE])


async def _accounts(request: Request) -> Accounts:
    return request.app.state.accounts  # type: ignore[no-any-return]


People = Annotated[Accounts, Depends(_accounts)]


@router.post("/guest", status_code=201, summary="Become a guest")
async def guest(accounts: People, address: ClientAddress) -> Session:
    """Make a guest account, at the first thing worth keeping. Problem: 429 `rate_limited`."""
    return await accounts.guest(address)


@router.post("/register", status_code=201, summary="Become a customer", openapi_extra=LOGIN_OPTIONAL)
async def register(body: RegisterRequest, accounts: People, caller: MaybePerson, address: ClientAddress) -> Session:
    """Make a customer. A guest's token turns that guest into the customer, with the same id, cart and orders.

    Problems: 409 `email_taken`, 422 `weak_password`, 429 `rate_limited`.
    """
    return await accounts.register(body, caller, address)


@router.post("/login", summary="Log in", openapi_extra=LOGIN_OPTIONAL)
async def login(body: LoginRequest, accounts: People, caller: MaybePerson, address: ClientAddress) -> Session:
    """Open a session. A guest's token moves that guest's cart into the account and ends the guest's session.

    Problems: 401 `invalid_credentials`, 429 `rate_limited`.
    """
    return await accounts.login(body, caller, address)


@router.post("/verify", summary="Check an access token")
async def verify(sessions: LiveSessions, caller: AnyPerson) -> VerifyReply:
    """Answer whose the token is, as they are now. Problems: 401 `invalid_token`, `token_expired`, `session_ended`."""
    return await sessions.verify(caller)


@router.post("/refresh", summary="Exchange a refresh token for new tokens")
async def refresh(body: RefreshRequest, sessions: LiveSessions) -> Session:
    """Answer a new pair. A refresh token works once; its second use ends the session, also when both come at once.

    Problems: 401 `invalid_refresh_token`, `refresh_reused`, `session_ended`.
    """
    return await sessions.refresh(body.refresh_token)


@router.post("/logout", status_code=204, summary="End a session", openapi_extra=LOGIN_OPTIONAL)
async def logout(sessions: LiveSessions, bearer: Bearer, body: RefreshRequest | None = None) -> None:
    """End the session of the access token, of the refresh token, or of both; fine if it has ended before.

    Problem: 401 with no token at all, or with an access token that is not ours.
    """
    await sessions.log_out(bearer.credentials if bearer else None, body.refresh_token if body else None)

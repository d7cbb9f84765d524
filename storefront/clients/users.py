"""What the storefront asks of the user service: sessions and people's own profiles."""

from collections.abc import Mapping

from pydantic import SecretStr

from shopkit.client import CallOptions, ServiceClient
from shopkit.contracts.users import ServiceToken, Session, SessionToken, User


class UserClient:
    """The user service, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def guest(self, address: str) -> Session:
        """Make a guest account and its session, for somebody at the network address `address`."""
        return await self._service.call("POST", "/api/auth/guest", Session, headers=_from(address))

    async def register(self, person: Mapping[str, str], guest_token: str | None, address: str) -> Session:
        """Make a customer out of `person` (a RegisterRequest's fields); a guest's token turns that guest into them.

        Problems: 409 `email_taken`, 422 `validation_error`, 429 `rate_limited`.
        """
        # A plain mapping, because a model's SecretStr is masked when it is dumped.
        return await self._open("/api/auth/register", person, guest_token, address)

    async def login(self, email: str, password: str, guest_token: str | None, address: str) -> Session:
        """Open a session; a guest's token moves that guest's cart into the account.

        Problems: 401 `invalid_credentials`, 429 `rate_limited`.
        """
        credentials = {"email": email, "password": password}
        return await self._open("/api/auth/login", credentials, guest_token, address)

    async def _open(self, path: str, body: Mapping[str, str], guest_token: str | None, address: str) -> Session:
        options: CallOptions = {"json": body, "headers": _from(address)}
        if guest_token:
            options["token"] = guest_token
        return await self._service.call("POST", path, Session, **options)

    async def logout(self, token: str) -> None:
        """End the session that `token` belongs to."""
        await self._service.call("POST", "/api/auth/logout", token=token, idempotent=True)

    async def change(self, user_id: int, change: Mapping[str, str], token: str) -> User:
        """Change fields of one's own profile (a ProfileChange's fields), the password included."""
        return await self._service.call("PATCH", f"/api/customers/{user_id}", User, json=change, token=token)

    async def service_token(self, secret: SecretStr) -> ServiceToken:
        """Get the storefront's own token for `/internal` routes."""
        proof = {"service": "storefront", "secret": secret.get_secret_value()}
        return await self._service.call("POST", "/internal/service-token", ServiceToken, json=proof, idempotent=True)

    async def session_token(self, sid: str, service_token: str) -> SessionToken:
        """Get a fresh access token of the session `sid`. A problem 404 means that the session has ended."""
        return await self._service.call(
            "POST", f"/internal/sessions/{sid}/token", SessionToken, token=service_token, idempotent=True
        )


def _from(address: str) -> dict[str, str]:
    # Attempts are limited per address: the person's, not the storefront's.
    return {"X-Forwarded-For": address} if address else {}

"""Routes of the keys: the public key set, and tokens for services."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from shopkit.contracts.users import ServiceToken, ServiceTokenRequest
from user_service.http import NO_STORE
from user_service.settings import UserSettings
from user_service.tokens.keyring import SERVICE_TOKEN_LIFE_S, Keyring
from user_service.tokens.service import check_service

KEYS_MAX_AGE_S = 300

router = APIRouter()


async def _keyring(request: Request) -> Keyring:
    return request.app.state.keyring  # type: ignore[no-any-return]


async def _settings(request: Request) -> UserSettings:
    return request.app.state.service.settings  # type: ignore[no-any-return]


Keys = Annotated[Keyring, Depends(_keyring)]


@router.get("/.well-known/jwks.json", tags=["keys"], summary="The public keys that access tokens are verified with")
async def jwks(keyring: Keys, response: Response) -> dict[str, Any]:
    """Answer a JSON Web Key Set (RFC 7517) of Ed25519 keys."""
    response.headers["Cache-Control"] = f"public, max-age={KEYS_MAX_AGE_S}"
    return keyring.jwks()


@router.post("/internal/service-token", tags=["internal"], summary="A service's own token", dependencies=[NO_STORE])
async def service_token(
    body: ServiceTokenRequest, keyring: Keys, settings: Annotated[UserSettings, Depends(_settings)]
) -> ServiceToken:
    """Answer a token for other services' `/internal` routes. Problem: 401 `invalid_service_credentials`."""
    check_service(body.service, body.secret.get_secret_value(), settings)
    return ServiceToken(access_token=keyring.service_token(body.service), expires_in=SERVICE_TOKEN_LIFE_S)

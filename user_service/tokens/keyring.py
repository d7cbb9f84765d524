"""The signing key at work: access tokens for people, tokens for services, and the public key set."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shopkit.auth import ACCESS_TOKEN_LIFE_S, ALGORITHM, ISSUER, PEOPLE, SERVICES
from shopkit.clock import Clock
from shopkit.contracts.users import Role
from shopkit.errors import Unauthenticated, Unavailable

SERVICE_TOKEN_LIFE_S = 900


def public_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """Return the key as a JWK (RFC 8037), with its RFC 7638 thumbprint for an id."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes_raw())}
    # RFC 7638: the required members alone, in alphabetical order, without white space.
    thumbprint = hashlib.sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest()
    return {**required, "kid": _base64url(thumbprint), "use": "sig", "alg": ALGORITHM}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class _Loaded:
    private: Ed25519PrivateKey
    jwk: dict[str, str]


class Keyring:
    """Signs tokens once `use` has given it the key, which the start of the service does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loaded: _Loaded | None = None

    def use(self, key: Ed25519PrivateKey) -> None:
        """Sign with `key` from now on."""
        self._loaded = _Loaded(key, public_jwk(key.public_key()))

    @property
    def _key(self) -> _Loaded:
        if self._loaded is None:
            raise Unavailable  # the service waits for its database
        return self._loaded

    def jwks(self) -> dict[str, Any]:
        """Return the public key set."""
        return {"keys": [self._key.jwk]}

    def access_token(self, user_id: int, role: Role, session_id: UUID) -> str:
        """Return a token that says for 15 minutes who a person is, in which session."""
        return self._sign(
            {"aud": PEOPLE, "sub": str(user_id), "role": role.value, "sid": str(session_id)}, ACCESS_TOKEN_LIFE_S
        )

    def service_token(self, service: str) -> str:
        """Return a token for `service` to use on other services' internal routes."""
        return self._sign({"aud": SERVICES, "sub": service}, SERVICE_TOKEN_LIFE_S)

    def session_of(self, token: str) -> UUID:
        """Return the session that an access token belongs to, though it may have expired.

        Raises:
            Unauthenticated: we did not sign it.
        """
        key = self._key.private.public_key()
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=PEOPLE,
                issuer=ISSUER,
                options={"verify_exp": False, "verify_iat": False, "require": ["sid"]},
            )
            return UUID(claims["sid"])
        except (jwt.PyJWTError, ValueError):
            raise Unauthenticated(code="invalid_token") from None

    def _sign(self, claims: dict[str, str], life_s: int) -> str:
        now = self._clock.now()
        times = {"iat": now, "exp": now + timedelta(seconds=life_s)}
        key = self._key
        return jwt.encode(
            {"iss": ISSUER, **claims, **times}, key.private, algorithm=ALGORITHM, headers={"kid": key.jwk["kid"]}
        )

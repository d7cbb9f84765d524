"""Where the signing key comes from, and which services may ask for tokens."""

import hmac

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import select

from shopkit.clock import Clock
from shopkit.db import Database
from shopkit.errors import Unauthenticated
from user_service.locks import STARTUP, hold
from user_service.settings import UserSettings, parse_signing_key
from user_service.tokens.keyring import public_jwk
from user_service.tokens.models import SigningKeyRow

SERVICES = frozenset({"backend", "order_service", "storefront", "user_service"})
"""Every process of the shop that may speak for itself."""


async def signing_key(settings: UserSettings, database: Database, clock: Clock) -> Ed25519PrivateKey:
    """Return the key from the settings, or the one that the instances of a development shop share in the database."""
    if settings.signing_key is not None:
        return parse_signing_key(settings.signing_key.get_secret_value())
    async with database.session() as db:
        await hold(db, STARTUP)
        row = (await db.exec(select(SigningKeyRow))).first()
        if row is not None:
            return parse_signing_key(row.private_key)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        kid = public_jwk(key.public_key())["kid"]
        db.add(SigningKeyRow(kid=kid, private_key=pem.decode(), created_at=clock.now()))
        return key


def check_service(service: str, secret: str, settings: UserSettings) -> None:
    """Make sure that `service` is one of the shop's and knows the shop's secret.

    Raises:
        Unauthenticated: it is not, or does not; which of the two is not told.
    """
    expected = settings.service_secret.get_secret_value().encode()
    knows = hmac.compare_digest(secret.encode(), expected)
    if not knows or service not in SERVICES:
        raise Unauthenticated("This service is not known here.", code="invalid_service_credentials")

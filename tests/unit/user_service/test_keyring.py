"""The keyring, against published test vectors and against forgeries."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shopkit.clock import FixedClock
from shopkit.contracts.users import Role
from shopkit.errors import Unauthenticated, Unavailable
from user_service.tokens.keyring import Keyring, public_jwk

SID = UUID("11111111-2222-4333-8444-555555555555")


@pytest.fixture
def keyring() -> Keyring:
    ring = Keyring(FixedClock(datetime.now(UTC)))
    ring.use(Ed25519PrivateKey.generate())
    return ring


def test_the_key_of_rfc_8037_has_the_thumbprint_of_rfc_8037() -> None:
    # RFC 8037, appendices A.1 to A.3.
    key = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert public_jwk(key.public_key()) == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        "use": "sig",
        "alg": "EdDSA",
    }


def test_a_token_names_its_session_after_it_expired(keyring: Keyring) -> None:
    ring = Keyring(FixedClock(datetime.now(UTC) - timedelta(days=1)))
    ring.use(keyring._key.private)
    assert keyring.session_of(ring.access_token(7, Role.GUEST, SID)) == SID


def test_only_our_access_tokens_name_a_session(keyring: Keyring) -> None:
    other = Keyring(FixedClock(datetime.now(UTC)))
    other.use(Ed25519PrivateKey.generate())
    unsigned = jwt.encode({"iss": "sweetdream", "aud": "sweetdream", "sid": str(SID)}, None, algorithm="none")
    for token in (other.access_token(7, Role.ADMIN, SID), keyring.service_token("backend"), unsigned, "", "a.b.c"):
        with pytest.raises(Unauthenticated):
            keyring.session_of(token)


def test_nothing_is_signed_before_the_start() -> None:
    with pytest.raises(Unavailable):
        Keyring(FixedClock(datetime.now(UTC))).service_token("backend")

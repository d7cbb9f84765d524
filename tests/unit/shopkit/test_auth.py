"""Whose a token is; and what is no token of ours."""

import asyncio
import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shopkit import auth
from shopkit.auth import EndedSessions, ServiceTokens, TokenVerifier
from shopkit.client import ServiceClient, ServiceUnavailable
from shopkit.contracts.users import Role
from shopkit.errors import Unauthenticated
from shopkit.settings import Settings

pytestmark = pytest.mark.anyio

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def jwk(key: Ed25519PrivateKey, kid: str) -> dict[str, str]:
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA"}


class Keys:
    """The user service's keys, counting how often they are asked for."""

    def __init__(self) -> None:
        self.keys = [jwk(KEY, "one")]
        self.asked = 0

    async def __call__(self) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        return {"keys": self.keys}


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def verifier(keys: Keys) -> TokenVerifier:
    return TokenVerifier(keys)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {
        "iss": "sweetdream",
        "aud": "sweetdream",
        "sub": "7",
        "role": "CUSTOMER",
        "sid": str(uuid4()),
        "iat": now,
        "exp": now + 900,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def token(key: Any = KEY, kid: str | None = "one", algorithm: str = "EdDSA", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else {})


async def test_a_persons_token(verifier: TokenVerifier) -> None:
    session = uuid4()
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    person = await verifier.person(token(sub="7", role="ADMIN", sid=str(session), exp=ends))
    assert (person.id, person.role, person.session_id, person.expires_at) == (7, Role.ADMIN, session, ends)
    assert person.is_admin
    assert person.may_see(8)
    customer = await verifier.person(token(sub="7"))
    assert (customer.is_admin, customer.may_see(7), customer.may_see(8)) == (False, True, False)


async def test_a_token_seen_before_is_judged_anew(verifier: TokenVerifier) -> None:
    session = uuid4()
    good = token(sid=str(session))
    assert await verifier.person(good) == await verifier.person(good)
    with pytest.raises(Unauthenticated) as wrong_audience:
        await verifier.service(good)
    verifier.ended.add(str(session))
    with pytest.raises(Unauthenticated) as ended:
        await verifier.person(good)
    brief = token(exp=int(time.time()) - auth.LEEWAY_S + 2)
    await verifier.person(brief)
    await asyncio.sleep(2.1)
    with pytest.raises(Unauthenticated) as expired:
        await verifier.person(brief)
    assert [each.value.code for each in (wrong_audience, ended, expired)] == [
        "invalid_token",
        "session_ended",
        "token_expired",
    ]


async def test_only_so_many_tokens_are_remembered(verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "MAX_VERIFIED", 3)
    for _ in range(10):
        await verifier.person(token())
    assert len(verifier._verified) <= 3


async def test_a_services_token(verifier: TokenVerifier) -> None:
    assert await verifier.service(token(aud="sweetdream-internal", sub="order_service")) == "order_service"


def unsigned(header: dict[str, Any]) -> str:
    parts = (orjson.dumps(header), orjson.dumps(claims()))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def confused() -> str:
    """Sign with the public key as if it were a shared secret."""
    pem = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    head = unsigned({"alg": "HS256", "kid": "one", "typ": "JWT"})[:-1]
    signature = hmac.new(pem, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


RSA = generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "nonsense",
        "a.b.c",
        "é",
        token(aud="sweetdream-internal"),
        token(aud="other"),
        token(aud=None),
        token(iss="other"),
        token(iss=None),
        token(exp=None),
        token(iat=None),
        token(sub=None),
        token(sub="lan"),
        token(role="OWNER"),
        token(role=None),
        token(sid="1"),
        token(sid=None),
        token(iat=int(time.time()) + 600),
        token(OTHER),
        token(kid=None),
        token(RSA, algorithm="RS256"),
        token("x" * 32, algorithm="HS256"),
        unsigned({"alg": "none", "kid": "one"}),
        unsigned({"alg": "None", "kid": "one"}),
        unsigned({"alg": "EdDSA", "kid": "one"}),
        unsigned({"alg": "EdDSA", "kid": ["one"]}),
        confused(),
    ],
)
async def test_what_is_no_token_of_a_person(verifier: TokenVerifier, forged: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.person(forged)
    assert refusal.value.code == "invalid_token"
    assert refusal.value.headers == {"WWW-Authenticate": "Bearer"}


async def test_a_changed_claim_breaks_the_signature(verifier: TokenVerifier) -> None:
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(orjson.dumps(claims(role="ADMIN"))).rstrip(b"=").decode()
    with pytest.raises(Unauthenticated):
        await verifier.person(f"{head}.{body}.{signature}")


async def test_a_persons_token_is_no_services(verifier: TokenVerifier) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.service(token(role="ADMIN"))
    assert refusal.value.code == "invalid_token"


async def test_an_expired_token_says_so(verifier: TokenVerifier) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.person(token(exp=int(time.time()) - auth.LEEWAY_S - 1))
    assert refusal.value.code == "token_expired"


async def test_an_ended_session_is_refused(verifier: TokenVerifier) -> None:
    good, session = token(), uuid4()
    ended = token(sid=str(session))
    await verifier.person(ended)
    verifier.ended.add(str(session))
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.person(ended)
    assert refusal.value.code == "session_ended"
    await verifier.person(good)


async def test_keys_are_fetched_once(verifier: TokenVerifier, keys: Keys) -> None:
    assert keys.asked == 0
    await asyncio.gather(*(verifier.person(token()) for _ in range(50)))
    assert keys.asked == 1


async def test_forged_key_ids_do_not_hammer_the_user_service(verifier: TokenVerifier, keys: Keys) -> None:
    await verifier.person(token())
    for number in range(50):
        with pytest.raises(Unauthenticated):
            await verifier.person(token(kid=f"forged-{number}"))
    assert keys.asked == 1


async def test_a_new_key_is_found_after_a_moment(
    verifier: TokenVerifier, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.person(token())
    keys.keys = [jwk(OTHER, "two")]
    with pytest.raises(Unauthenticated):
        await verifier.person(token(OTHER, "two"))
    monkeypatch.setattr(auth, "KEY_REFETCH_S", 0.0)
    await verifier.person(token(OTHER, "two"))
    assert keys.asked == 2
    with pytest.raises(Unauthenticated):
        await verifier.person(token())  # the old key is withdrawn


async def test_keys_that_cannot_be_fetched_are_asked_for_again(verifier: TokenVerifier, keys: Keys) -> None:
    async def down() -> dict[str, Any]:
        raise ServiceUnavailable("user_service")

    verifier._fetch_keys = down
    with pytest.raises(ServiceUnavailable):
        await verifier.person(token())
    verifier._fetch_keys = keys
    await verifier.person(token())


def test_ended_sessions_are_forgotten_when_no_token_can_live() -> None:
    ended = EndedSessions()
    ended.add("long")
    ended.add("over", life_s=-1)
    assert "long" in ended
    assert "over" not in ended
    assert "other" not in ended
    for number in range(10_001):
        ended.add(f"over-{number}", life_s=-1)
    ended.add("last")
    assert len(ended._until) < 10
    assert "long" in ended


async def test_a_services_own_token_is_kept_until_it_nears_its_end() -> None:
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(orjson.loads(request.content))
        return httpx.Response(200, json={"accessToken": f"t{len(asked)}", "expiresIn": 61 if len(asked) < 2 else 60})

    users = ServiceClient("user_service", "http://users", transport=httpx.MockTransport(answer))
    tokens = ServiceTokens("backend", Settings(), users)
    assert await asyncio.gather(tokens(), tokens(), tokens()) == ["t1"] * 3
    assert asked == [{"service": "backend", "secret": "insecure-service-secret"}]
    tokens.forget()
    assert await tokens() == "t2"
    assert await tokens() == "t3"  # less than a minute is left

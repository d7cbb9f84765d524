"""Settings: what production refuses, and what a signing key is."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from shopkit.settings import EX_CONFIG, load
from user_service.settings import UserSettings, parse_signing_key

DATABASE = "postgresql://user_service:x@127.0.0.1:1/sweetdream"


def pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


KEY = pem(Ed25519PrivateKey.generate())
PRODUCTION = {
    "DATABASE_URL": DATABASE,
    "ENVIRONMENT": "production",
    "SERVICE_SECRET": "a secret of our own",
    "ADMIN_PASSWORD": "a long enough password",
    "SIGNING_KEY": KEY,
    "TRUSTED_PROXY_HOPS": "1",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PRODUCTION:
        monkeypatch.delenv(name, raising=False)


def test_development_needs_a_database_alone() -> None:
    settings = UserSettings(database_url=DATABASE)
    assert settings.signing_key is None
    assert (settings.admin_email, settings.admin_password.get_secret_value()) == ("admin@sweetdream.com", "admin123")


def test_production_starts_with_secrets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    assert load(UserSettings).signing_key is not None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SIGNING_KEY": None}, "SIGNING_KEY"),
        ({"SIGNING_KEY": "not a key at all, but long"}, "SIGNING_KEY"),
        ({"SIGNING_KEY": pem(ec.generate_private_key(ec.SECP256R1()))}, "SIGNING_KEY"),
        ({"ADMIN_PASSWORD": None}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "admin123"}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "aaaaaaaaaaaaaaaa"}, "ADMIN_PASSWORD is easy to guess"),
        ({"ADMIN_PASSWORD": "Admin@SweetDream.com"}, "ADMIN_PASSWORD is easy to guess"),
        (
            {"ADMIN_PASSWORD": "the.shop.of.cakes1!", "ADMIN_EMAIL": "The.Shop.of.Cakes@example.com"},
            "ADMIN_PASSWORD is easy to guess",
        ),
        ({"TRUSTED_PROXY_HOPS": None}, "TRUSTED_PROXY_HOPS must say"),
        ({"TRUSTED_PROXY_HOPS": "0"}, "TRUSTED_PROXY_HOPS must say"),
        ({"SERVICE_SECRET": None}, "SERVICE_SECRET"),
        ({"ADMIN_EMAIL": "nobody"}, "ADMIN_EMAIL"),
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
    ],
)
def test_production_refuses_to_start_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str | None],
    named: str,
) -> None:
    for name, value in (PRODUCTION | changes).items():
        if value is not None:
            monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as refusal:
        load(UserSettings)

    assert refusal.value.code == EX_CONFIG
    said = capsys.readouterr().err
    assert named in said
    assert not any(secret in said for secret in ("admin123", "not a key at all", KEY[30:60]))


def test_a_key_may_be_written_on_one_line() -> None:
    assert parse_signing_key(KEY.replace("\n", "\\n")).private_bytes_raw() == parse_signing_key(KEY).private_bytes_raw()


def test_a_key_under_a_passphrase_is_refused() -> None:
    locked = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    with pytest.raises(ValidationError, match="Ed25519 private key"):
        UserSettings(database_url=DATABASE, signing_key=locked.decode())

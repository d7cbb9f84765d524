"""Settings: from the environment, refused in clear lines, never with a secret that shipped with the code."""

import pytest
from pydantic import Field, SecretStr, ValidationError

from backend.settings import BackendSettings
from order_service.settings import OrderSettings
from shopkit.settings import EX_CONFIG, Environment, ServiceSettings, Settings, load

URL = "postgresql://role:password@127.0.0.1:5432/shop"
GOOD = "k9!v-4xq_Zt7rB2m"


class Keeper(Settings):
    """Settings with a secret of their own."""

    session_secret: SecretStr = Field(default=SecretStr("insecure-session-secret"))


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Keeper, BackendSettings, OrderSettings):
        for name in kind.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)


def test_development_needs_no_more_than_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    settings = load(ServiceSettings)
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.service_secret.get_secret_value() == "insecure-service-secret"
    assert (settings.backend_url, settings.user_service_url) == ("http://127.0.0.1:3001", "http://127.0.0.1:3003")


def test_the_environment_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"DATABASE_URL": URL, "POOL_SIZE": "3", "DELIVERY_FEE": "0", "BACKEND_URL": "http://b", "LOG_LEVEL": ""}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load(OrderSettings)
    assert (settings.pool_size, settings.delivery_fee, settings.backend_url) == (3, 0, "http://b")
    assert settings.log_level == "INFO"  # an empty variable is as if it were not set


@pytest.mark.parametrize("secret", [None, "insecure-anything-long-enough", "short", "fifteen-letters"])
def test_production_refuses_secrets_that_are_none(monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SESSION_SECRET", GOOD)
    if secret is not None:
        monkeypatch.setenv("SERVICE_SECRET", secret)
    with pytest.raises(ValidationError, match="SERVICE_SECRET must be set to a secret of your own"):
        Keeper()


def test_production_refuses_a_default_of_a_services_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SERVICE_SECRET", GOOD)
    with pytest.raises(ValidationError, match="SESSION_SECRET must be set"):
        Keeper()
    monkeypatch.setenv("SESSION_SECRET", GOOD)
    with pytest.raises(ValidationError, match="TRUSTED_PROXY_HOPS must say how many proxies"):
        Keeper()
    monkeypatch.setenv("TRUSTED_PROXY_HOPS", "1")
    assert Keeper().session_secret.get_secret_value() == GOOD


def test_there_is_no_third_environment_in_which_defaults_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "test")
    with pytest.raises(ValidationError, match="environment"):
        Keeper()


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        ({}, ["configuration: DATABASE_URL: Field required"]),
        (
            {"POOL_SIZE": "many", "HOLD_MINUTES": "0"},
            [
                "configuration: DATABASE_URL: Field required",
                "configuration: POOL_SIZE: Input should be a valid integer, unable to parse string as an integer",
                "configuration: HOLD_MINUTES: Input should be greater than or equal to 1",
            ],
        ),
        (
            {"DATABASE_URL": URL, "ENVIRONMENT": "production", "SERVICE_SECRET": "hunter2"},
            [
                "configuration: SERVICE_SECRET must be set to a secret of your own (at least 16 characters) "
                "when ENVIRONMENT=production"
            ],
        ),
        (
            {"DATABASE_URL": URL, "ENVIRONMENT": "staging"},
            ["configuration: ENVIRONMENT: Input should be 'development' or 'production'"],
        ),
    ],
)
def test_what_is_wrong_is_a_line_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: dict[str, str], lines: list[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        load(BackendSettings)
    assert end.value.code == EX_CONFIG == 78
    said = capsys.readouterr().err
    assert sorted(said.splitlines()) == sorted(lines)
    assert "hunter2" not in said


def test_a_secret_is_not_printed() -> None:
    assert "insecure-service-secret" not in repr(Keeper())


def test_outside_development_a_password_in_an_address_is_not_the_one_in_the_code() -> None:
    told = {"environment": "production", "trusted_proxy_hops": 1, "service_secret": "s" * 32}
    with pytest.raises(ValidationError, match="DATABASE_URL must hold a password of your own"):
        ServiceSettings(**told, database_url="postgresql://backend:insecure-backend-password@postgres/sweetdream")
    settings = ServiceSettings(**told, database_url="postgresql://backend:f8b2c1d7e6a5@postgres/sweetdream")
    assert settings.environment == "production"

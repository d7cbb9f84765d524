"""Where provisioning gets its passwords from."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from psycopg.conninfo import conninfo_to_dict

from shopkit.provision import Misconfigured, read_passwords, read_server_url

STRONG = "a-password-of-our-own"


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Secrets Manager."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
    with mock_aws():
        yield boto3.client("secretsmanager")


def put(vault: Any, text: str) -> str:
    arn: str = vault.create_secret(Name="secret", SecretString=text)["ARN"]
    return arn


@pytest.mark.parametrize("text", [STRONG, f'{{"username": "backend", "password": "{STRONG}"}}'])
def test_a_role_s_password_comes_from_the_secret_with_that_arn(vault: Any, text: str) -> None:
    told = {"BACKEND_DB_SECRET_ARN": put(vault, text), "ENVIRONMENT": "production"}
    assert read_passwords(["backend"], told) == {"backend": STRONG}


def test_a_secret_is_held_to_the_same_rule(vault: Any) -> None:
    told = {"BACKEND_DB_SECRET_ARN": put(vault, "insecure-but-long-enough"), "ENVIRONMENT": "production"}
    with pytest.raises(Misconfigured, match="BACKEND_DB_PASSWORD must be a secret of your own"):
        read_passwords(["backend"], told)


def test_the_master_s_login_comes_from_the_secret_that_rds_keeps(vault: Any) -> None:
    arn = put(vault, '{"username": "master", "password": "it\'s \\\\ secret"}')
    told = {"ADMIN_DATABASE_URL": "postgresql://database.internal:5432/postgres", "ADMIN_DATABASE_SECRET_ARN": arn}
    assert conninfo_to_dict(read_server_url(told)) == {
        "host": "database.internal",
        "port": "5432",
        "dbname": "postgres",
        "user": "master",
        "password": r"it's \ secret",
    }


def test_passwords_come_from_the_environment() -> None:
    assert read_passwords(["backend"], {"BACKEND_DB_PASSWORD": "short"}) == {"backend": "short"}
    with pytest.raises(Misconfigured, match="BACKEND_DB_PASSWORD is not set"):
        read_passwords(["backend"], {})

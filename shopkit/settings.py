"""Settings come from the environment. Outside development a secret that shipped with the code stops the start."""

import sys
from enum import StrEnum
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

INSECURE_PREFIX = "insecure-"
"""Every default secret in the code begins so, and is refused outside development."""

MIN_SECRET_LENGTH = 16
EX_CONFIG = 78
"""sysexits.h: something in the configuration is wrong."""


class Environment(StrEnum):
    """Where the code runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """What every process of the shop is told. Names in the environment are the fields' in upper case."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    version: str = "dev"
    log_level: str = "INFO"
    backend_url: str = "http://127.0.0.1:3001"
    order_service_url: str = "http://127.0.0.1:3002"
    user_service_url: str = "http://127.0.0.1:3003"
    public_url: str = Field(default="http://127.0.0.1:3000", description="Where people reach the storefront.")
    trusted_proxy_hops: int = Field(
        default=0,
        ge=0,
        le=5,
        description="Proxies in front that append to X-Forwarded-For; 0, which production refuses, ignores the header.",
    )
    service_secret: SecretStr = Field(
        default=SecretStr("insecure-service-secret"),
        description="Shared by the shop's processes to get service tokens.",
    )

    @model_validator(mode="after")
    def _refuse_default_secrets(self) -> "Settings":
        if self.environment is Environment.DEVELOPMENT:
            return self
        for name in type(self).model_fields:
            value = getattr(self, name)
            if f":{INSECURE_PREFIX}" in (value.get_secret_value() if isinstance(value, SecretStr) else str(value)):
                raise ValueError(f"{name.upper()} must hold a password of your own when ENVIRONMENT=production")
            if not isinstance(value, SecretStr):
                continue
            secret = value.get_secret_value()
            if secret.startswith(INSECURE_PREFIX) or len(secret) < MIN_SECRET_LENGTH:
                raise ValueError(
                    f"{name.upper()} must be set to a secret of your own "
                    f"(at least {MIN_SECRET_LENGTH} characters) when ENVIRONMENT=production"
                )
        return self

    @model_validator(mode="after")
    def _refuse_no_proxy(self) -> "Settings":
        """Refuse to count everybody as one: production stands behind a proxy, whose address all requests come from."""
        if self.environment is Environment.PRODUCTION and self.trusted_proxy_hops == 0:
            raise ValueError(
                "TRUSTED_PROXY_HOPS must say how many proxies in front append to X-Forwarded-For when "
                "ENVIRONMENT=production: limits by address would else count all people together"
            )
        return self


class ServiceSettings(Settings):
    """What a service with a database is told besides."""

    database_url: str = Field(description="postgresql://role:password@host:port/database")
    pool_size: int = Field(default=6, ge=1, le=50, description="Connections of each of the two pools of a process.")
    drain_s: float = Field(
        default=0, ge=0, le=60, description="Seconds to go on serving when asked to stop, while /health says so."
    )
    statement_timeout_ms: int = Field(default=3_000, ge=100)
    outbox_workers: int = Field(
        default=2, ge=1, le=16, description="Batches of the outbox that a process works on at once, if so many wait."
    )


S = TypeVar("S", bound=Settings)


def load(kind: type[S]) -> S:
    """Return settings from the environment, or end the process with one clear line for each that is wrong."""
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors():
            where = "_".join(str(part) for part in problem["loc"]).upper()
            message = problem["msg"].removeprefix("Value error, ")
            sys.stderr.write(f"configuration: {where + ': ' if where else ''}{message}\n")
        raise SystemExit(EX_CONFIG) from None

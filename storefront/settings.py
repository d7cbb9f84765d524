"""What the environment tells the storefront."""

from functools import lru_cache
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from shopkit.settings import Environment, Settings, load


class StorefrontSettings(Settings):
    """The shop's addresses and secrets, and the one that signs the browser's cookie."""

    session_secret: SecretStr = Field(
        default=SecretStr("insecure-session-secret"), description="Signs the session cookie."
    )
    valkey_url: SecretStr | None = Field(
        default=None,
        description="redis://:password@host:6379/0, or rediss:// with TLS: where several storefronts keep the states "
        "of open pages. Without it there is one, which keeps them in its memory.",
    )
    undo_s: float = Field(
        default=5.0, ge=0.5, le=60, description="Seconds in which staff can undo an order's move before it is sent."
    )

    @field_validator("valkey_url")
    @classmethod
    def _check_valkey_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and urlsplit(url.get_secret_value()).scheme not in {"redis", "rediss"}:
            raise ValueError("must begin with redis:// or, for TLS, rediss://")
        return url

    @model_validator(mode="after")
    def _refuse_plain_http(self) -> "StorefrontSettings":
        if self.environment is Environment.PRODUCTION and not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL must begin with https:// when ENVIRONMENT=production")
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port of `public_url`."""
        url = urlsplit(self.public_url)
        return f"{url.scheme}://{url.netloc}"

    @property
    def secure(self) -> bool:
        """Whether shoppers reach the shop over HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def allowed_origins(self) -> list[str]:
        """Origins that may open the shop's websocket. In development both names of the loopback do."""
        url = urlsplit(self.public_url)
        if self.environment is Environment.PRODUCTION or url.hostname not in ("127.0.0.1", "localhost"):
            return [self.origin]
        port = f":{url.port}" if url.port else ""
        return [f"{url.scheme}://{host}{port}" for host in ("127.0.0.1", "localhost")]


@lru_cache
def get_settings() -> StorefrontSettings:
    """Return the process's settings; ends the process with a clear line when they are wrong."""
    return load(StorefrontSettings)

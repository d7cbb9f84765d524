"""What the user service is told."""

from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, Field, SecretStr, model_validator

from shopkit.contracts.users import Email
from shopkit.settings import Environment, ServiceSettings
from user_service.auth.weak import is_weak


def parse_signing_key(pem: str) -> Ed25519PrivateKey:
    r"""Return the key in `pem`. Line breaks may be written as `\n`, as many secret stores do.

    Raises:
        ValueError: it is no Ed25519 private key.
    """
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("must be an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519)")
    return key


def _check_signing_key(pem: SecretStr) -> SecretStr:
    parse_signing_key(pem.get_secret_value())
    return pem


class UserSettings(ServiceSettings):
    """The user service's settings. Limits count attempts in windows that begin with the first attempt."""

    signing_key: Annotated[SecretStr, AfterValidator(_check_signing_key)] | None = Field(
        default=None, description="Ed25519 private key in PEM. In development one is made and kept in the database."
    )
    admin_email: Email = "admin@sweetdream.com"
    admin_password: SecretStr = Field(
        default=SecretStr("admin123"), description="Of the first admin, who is made at the first start."
    )
    session_days: int = Field(default=30, ge=1, le=365, description="A session ends after so long without use.")
    login_failures_per_account: int = Field(
        default=10, ge=1, description="For one account from one address, or from a device it was used on before."
    )
    login_failures_per_address: int = Field(default=50, ge=1)
    login_window_s: int = Field(default=900, ge=1)
    login_failures_everywhere: int = Field(
        default=1_000,
        ge=1,
        description="For one account from all addresses together, known devices left out. So many that a handful of "
        "addresses, each within its own limit (40 an hour), cannot keep the account closed to its owner's new devices.",
    )
    login_everywhere_window_s: int = Field(default=3_600, ge=1)
    registrations_per_address: int = Field(default=20, ge=1)
    registration_window_s: int = Field(default=3_600, ge=1)
    guests_per_address: int = Field(default=60, ge=1)
    guest_window_s: int = Field(default=60, ge=1)
    cart_merge_timeout_s: float = Field(
        default=1.0, gt=0, le=5, description="How long a login waits for the guest's cart before it goes on without."
    )

    @model_validator(mode="after")
    def _require_signing_key(self) -> "UserSettings":
        if self.environment is Environment.PRODUCTION and self.signing_key is None:
            raise ValueError("SIGNING_KEY must be set to an Ed25519 private key in PEM when ENVIRONMENT=production")
        return self

    @model_validator(mode="after")
    def _refuse_weak_admin_password(self) -> "UserSettings":
        production = self.environment is Environment.PRODUCTION
        if production and is_weak(self.admin_password.get_secret_value(), self.admin_email):
            raise ValueError("ADMIN_PASSWORD is easy to guess; set another one when ENVIRONMENT=production")
        return self

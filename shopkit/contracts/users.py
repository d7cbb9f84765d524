"""People and sessions, as the user service tells them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import EmailStr, Field, SecretStr, StringConstraints

from shopkit.contracts.base import Reply, Request
from shopkit.text import FILLED_LINE_PATTERN, Block, Line


class Role(StrEnum):
    """What a person may do. A guest becomes a customer by registering."""

    GUEST = "GUEST"
    CUSTOMER = "CUSTOMER"
    ADMIN = "ADMIN"


PersonName = Annotated[Line, Field(min_length=1, max_length=100, json_schema_extra={"pattern": FILLED_LINE_PATTERN})]
Phone = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=20, pattern=r"^(\+?[0-9][0-9 .\-]{5,17}[0-9])?$")
]
Address = Annotated[Block, Field(max_length=500)]
Password = Annotated[SecretStr, Field(min_length=8, max_length=128)]
Email = Annotated[EmailStr, Field(max_length=254)]


DeviceToken = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_\-]+$")]
"""What a device keeps on which somebody logged in. It opens nothing; others' guesses do not keep that device out."""


class RegisterRequest(Request):
    """A new customer. Sent with a guest's token, that guest becomes the customer and keeps cart and orders."""

    email: Email
    password: Password
    name: PersonName
    phone: Phone = ""
    address: Address = ""
    device_token: DeviceToken | None = None


class LoginRequest(Request):
    """E-mail and password. Sent with a guest's token, the guest's cart is merged into the account's."""

    email: Email
    password: Annotated[SecretStr, Field(min_length=1, max_length=128)]
    device_token: DeviceToken | None = None


class RefreshRequest(Request):
    """A refresh token, for refresh and logout. Each works once; a second use ends the session."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=200)]


class User(Reply):
    """A person. A guest has no e-mail and no name."""

    id: int
    email: str | None
    name: str
    phone: str
    address: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None = None


class Session(Reply):
    """A person's new session. `expires_in` is the access token's life in seconds.

    `device_token` is for the device to keep and to send with later logins; null: it keeps the one it has.
    """

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int
    session_id: UUID
    user: User
    device_token: str | None = None


class VerifyReply(Reply):
    """What a valid access token says, with the person as they are now."""

    session_id: UUID
    expires_at: datetime
    user: User


class ProfileChange(Request):
    """Fields of one's profile to change; a field left out stays. A new password needs the current one."""

    name: PersonName | None = None
    phone: Phone | None = None
    address: Address | None = None
    current_password: Annotated[SecretStr, Field(min_length=1, max_length=128)] | None = None
    new_password: Password | None = None


class RoleChange(Request):
    """The role to give; nobody is made a guest."""

    role: Literal[Role.CUSTOMER, Role.ADMIN]


class ServiceTokenRequest(Request):
    """A service proves who it is to get a token for other services' `/internal` routes."""

    service: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    secret: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class ServiceToken(Reply):
    """A token for `/internal` routes; `expires_in` in seconds."""

    access_token: str
    expires_in: int


class SessionToken(Reply):
    """A fresh access token of a live session, for the storefront, which holds the session for a browser."""

    access_token: str
    expires_in: int
    user: User

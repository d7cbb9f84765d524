"""The table of people."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Enum,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from shopkit.contracts.users import Role
from user_service.tables import UserServiceTable

_DIGITS = "regexp_replace(phone, '[^0-9]', '', 'g')"
SEARCH_TEXT = (
    f"user_service.fold(name || ' ' || coalesce(email, '') || ' ' || phone || ' ' || {_DIGITS} "
    f"|| ' ' || regexp_replace({_DIGITS}, '^(00)?84(?=[0-9]{{9}})0?', '0'))"
)
"""What the customer search looks through; the phone as typed, as bare digits, and without Vietnam's country code."""


class UserRow(UserServiceTable, table=True):
    """A person. A guest has no e-mail and no password until registering turns the same row into a customer."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("role in ('GUEST', 'CUSTOMER', 'ADMIN')", name="role"),
        CheckConstraint("(role = 'GUEST') = (email is null)", name="guest_without_email"),
        CheckConstraint("(password_hash is null) = (email is null)", name="password_with_email"),
        Index("ix_users_role_id", "role", "id"),
        Index("ix_users_registered", "id", postgresql_where=text("email is not null")),
        Index(
            "ix_users_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    )

    id: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    email: str | None = Field(default=None, sa_column=Column(Text))
    name: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))
    phone: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))
    address: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))
    role: Role = Field(
        sa_column=Column(Enum(Role, native_enum=False, create_constraint=False, length=16), nullable=False)
    )
    password_hash: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    search_text: str | None = Field(default=None, sa_column=Column(Text, Computed(SEARCH_TEXT, persisted=True)))

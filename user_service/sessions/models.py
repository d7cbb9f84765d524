"""Tables of sessions and of the refresh tokens that keep them alive."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Enum, ForeignKey, Index, LargeBinary, text
from sqlmodel import Field

from user_service.tables import UserServiceTable


class EndReason(StrEnum):
    """Why a session ended."""

    LOGOUT = "LOGOUT"
    REFRESH_REUSED = "REFRESH_REUSED"
    ROLE_CHANGED = "ROLE_CHANGED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a reason, no secret
    GUEST_REGISTERED = "GUEST_REGISTERED"
    GUEST_LOGGED_IN = "GUEST_LOGGED_IN"


class SessionRow(UserServiceTable, table=True):
    """A person's session. It is live until it is ended or nobody used it before `expires_at`."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_user_id_last_seen_at", "user_id", "last_seen_at"),
        Index("ix_sessions_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
    )

    id: UUID = Field(primary_key=True)
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("user_service.users.id"), nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    last_seen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    ended_reason: EndReason | None = Field(
        default=None, sa_column=Column(Enum(EndReason, native_enum=False, create_constraint=False, length=32))
    )


class RefreshTokenRow(UserServiceTable, table=True):
    """A refresh token, known only by its hash. A used one is kept, so that its second use is noticed."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index("ix_refresh_tokens_session_id", "session_id"),)

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    session_id: UUID = Field(foreign_key="user_service.sessions.id")
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))

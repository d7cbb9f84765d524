"""Statements on sessions and refresh tokens. Ending one tells all services in the same transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import TextClause, text, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shopkit.app import SESSION_ENDED_CHANNEL
from user_service.sessions.models import EndReason, RefreshTokenRow, SessionRow

_END = """
with ended as (
    update sessions set ended_at = :now, ended_reason = :reason where {condition} and ended_at is null returning id
)
select id, pg_notify(:channel, id::text) from ended
"""
END_ONE = text(_END.format(condition="id = :session_id"))
END_ALL = text(_END.format(condition="user_id = :user_id"))
END_OTHERS = text(_END.format(condition="user_id = :user_id and id <> :keep"))


async def _end(db: AsyncSession, statement: TextClause, now: datetime, reason: EndReason, **who: object) -> list[UUID]:
    bound = statement.bindparams(now=now, reason=reason.value, channel=SESSION_ENDED_CHANNEL, **who)
    return list((await db.exec(bound)).scalars())  # type: ignore[call-overload]


async def end(db: AsyncSession, session_id: UUID, reason: EndReason, now: datetime) -> list[UUID]:
    """End a session; return its id unless it had ended before."""
    return await _end(db, END_ONE, now, reason, session_id=session_id)


async def end_all(
    db: AsyncSession, user_id: int, reason: EndReason, now: datetime, keep: UUID | None = None
) -> list[UUID]:
    """End a person's sessions, all or all but `keep`; return the ids of those that were live."""
    if keep is None:
        return await _end(db, END_ALL, now, reason, user_id=user_id)
    return await _end(db, END_OTHERS, now, reason, user_id=user_id, keep=keep)


async def touch(db: AsyncSession, session_id: UUID, now: datetime, expires_at: datetime) -> int | None:
    """Keep a live session alive until `expires_at`; return whose it is, or None if it is not live."""
    statement = (
        update(SessionRow)
        .where(col(SessionRow.id) == session_id, col(SessionRow.ended_at).is_(None), col(SessionRow.expires_at) > now)
        .values(last_seen_at=now, expires_at=expires_at)
        .returning(col(SessionRow.user_id))
    )
    return (await db.exec(statement)).scalar_one_or_none()


async def ended_since(connection: AsyncConnection[Any], since: datetime) -> list[UUID]:
    """Return the sessions that ended since then."""
    cursor = await connection.execute("select id from sessions where ended_at > %s", (since,))
    return [row[0] for row in await cursor.fetchall()]


async def use(db: AsyncSession, token_hash: bytes, now: datetime) -> UUID | None:
    """Use a refresh token up; return its session, or None if it is unknown or was used before.

    Of several at once with one token the first wins; the others wait for it and then find the token used.
    """
    statement = (
        update(RefreshTokenRow)
        .where(col(RefreshTokenRow.token_hash) == token_hash, col(RefreshTokenRow.used_at).is_(None))
        .values(used_at=now)
        .returning(col(RefreshTokenRow.session_id))
    )
    return (await db.exec(statement)).scalar_one_or_none()


async def session_of(db: AsyncSession, token_hash: bytes) -> UUID | None:
    """Return the session that a refresh token, used or not, belongs to."""
    statement = select(RefreshTokenRow.session_id).where(RefreshTokenRow.token_hash == token_hash)
    return (await db.exec(statement)).first()

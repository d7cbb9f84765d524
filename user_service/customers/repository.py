"""Queries on people. Who may see whom is part of the query: what is not the caller's does not exist for them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, true
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shopkit.auth import Person
from shopkit.contracts.users import Role, User
from shopkit.errors import Conflict
from shopkit.text import phone_key
from user_service.customers.models import UserRow
from user_service.sessions.models import SessionRow

MAX_WORDS = 8
"""Words of a search that count; more would only make the query slow."""

_PHONE = re.compile(r"\+?[0-9]{5,}")


@dataclass(frozen=True)
class Search:
    """What a list of people may be narrowed by: words, a role, or the ids of those meant."""

    q: str = ""
    role: Role | None = None
    ids: frozenset[int] = frozenset()


_last_seen: ColumnElement[datetime | None] = (
    select(func.max(SessionRow.last_seen_at))
    .where(col(SessionRow.user_id) == col(UserRow.id))
    .correlate(UserRow)
    .scalar_subquery()
)


def as_user(row: UserRow, last_seen_at: datetime | None) -> User:
    """Return the person as the wire has them."""
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        phone=row.phone,
        address=row.address,
        role=row.role,
        created_at=row.created_at,
        last_seen_at=last_seen_at,
    )


def _visible_to(caller: Person) -> ColumnElement[bool]:
    return true() if caller.is_admin else col(UserRow.id) == caller.id


async def read(db: AsyncSession, user_id: int, caller: Person) -> User | None:
    """Return a person whom `caller` may see."""
    found = (await db.exec(select(UserRow, _last_seen).where(UserRow.id == user_id, _visible_to(caller)))).first()
    return as_user(*found) if found else None


async def read_live(db: AsyncSession, caller: Person, now: datetime) -> User | None:
    """Return the caller as they are now, if the session that speaks for them is live."""
    live = select(UserRow, _last_seen).join(SessionRow, col(SessionRow.user_id) == col(UserRow.id))
    condition = (
        UserRow.id == caller.id,
        SessionRow.id == caller.session_id,
        col(SessionRow.ended_at).is_(None),
        SessionRow.expires_at > now,
    )
    found = (await db.exec(live.where(*condition))).first()
    return as_user(*found) if found else None


async def lock(db: AsyncSession, user_id: int, caller: Person | None = None) -> UserRow | None:
    """Return a person, whom `caller` may see if one is given, locked until the transaction ends."""
    mine = true() if caller is None else _visible_to(caller)
    return (await db.exec(select(UserRow).where(UserRow.id == user_id, mine).with_for_update())).first()


async def lock_by_email(db: AsyncSession, email: str) -> UserRow | None:
    """Return the person with a (normalised) e-mail, locked until the transaction ends."""
    return (await db.exec(select(UserRow).where(UserRow.email == email).with_for_update())).first()


async def lock_admins(db: AsyncSession) -> set[int]:
    """Return the ids of all staff, locked in the order of id, so that two demotions run one after the other."""
    ids = select(UserRow.id).where(UserRow.role == Role.ADMIN).order_by(col(UserRow.id)).with_for_update()
    return set((await db.exec(ids)).all())


async def credentials(db: AsyncSession, email: str) -> tuple[int, str] | None:
    """Return the id and password hash of the person with a (normalised) e-mail."""
    found = (await db.exec(select(UserRow.id, UserRow.password_hash).where(UserRow.email == email))).first()
    return (found[0], found[1]) if found and found[1] else None


async def own_credentials(db: AsyncSession, user_id: int) -> tuple[str | None, str | None]:
    """Return a person's e-mail and password hash; a guest has neither."""
    found = (await db.exec(select(UserRow.email, UserRow.password_hash).where(UserRow.id == user_id))).first()
    return (found[0], found[1]) if found else (None, None)


async def save(db: AsyncSession, row: UserRow) -> None:
    """Write a new or changed person.

    Raises:
        Conflict: `email_taken`.
    """
    db.add(row)
    try:
        await db.flush()
    except IntegrityError as error:
        if "uq_users_email" not in str(error.orig):
            raise
        raise Conflict("There is an account with this e-mail already.", code="email_taken") from None


def _matching(search: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search.ids:
        conditions.append(col(UserRow.id).in_(search.ids))
    elif search.role is not Role.GUEST:
        # Guests, who have no e-mail, are no customers yet: thousands of them would hide the people the shop knows.
        conditions.append(col(UserRow.email).is_not(None))
    if search.role is not None:
        conditions.append(col(UserRow.role) == search.role)
    return conditions + [col(UserRow.search_text).like(func.contains_pattern(word)) for word in _words(search.q)]


def _words(text: str) -> list[str]:
    """Return what everybody found has in their search text. A phone is one word, as it is dialled in Vietnam."""
    phone = phone_key(text)
    return [phone.removeprefix("+")] if _PHONE.fullmatch(phone) else text.split()[:MAX_WORDS]


async def count(db: AsyncSession, search: Search) -> int:
    """Return how many people match."""
    return (await db.exec(select(func.count(literal_column("*"))).select_from(UserRow).where(*_matching(search)))).one()


async def page(db: AsyncSession, search: Search, *, skip: int, limit: int, after: int | None) -> list[User]:
    """Return people who match, newest first: from the one after id `after`, or after skipping `skip`."""
    # `+ 0` keeps PostgreSQL from looking for a rare name by walking the ids, in the hope of an early end.
    newest_first = (col(UserRow.id) + 0 if search.q else col(UserRow.id)).desc()
    ids: Any = select(UserRow.id).where(*_matching(search)).order_by(newest_first).limit(limit)
    # The ids alone first: everything else would be worked out for each skipped row as well.
    ids = ids.where(UserRow.id < after) if after is not None else ids.offset(skip)
    people = select(UserRow, _last_seen).where(col(UserRow.id).in_(ids)).order_by(col(UserRow.id).desc())
    return [as_user(*found) for found in (await db.exec(people)).all()]

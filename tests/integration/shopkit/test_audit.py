"""The audit log: what staff did, in the transaction that did it, found again, and never changed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import structlog
from psycopg.errors import InsufficientPrivilege

from backend.tables import AUDIT
from shopkit import audit
from shopkit.audit import Action, audit_router
from shopkit.auth import Person, current_admin
from shopkit.clock import FixedClock
from shopkit.contracts.audit import AuditPage
from shopkit.contracts.users import Role
from tests.integration.shopkit.conftest import Small, small_service
from tests.support.calls import ok, refused
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 8, 5, tzinfo=UTC)
"""Noon in the shop."""


def staff(number: int = 1) -> Person:
    return Person(number, Role.ADMIN, uuid4(), NOON)


@pytest.fixture
async def log(databases: Databases) -> AsyncIterator[Small]:
    """A service with an audit log, in which everybody may read."""
    async with small_service(databases.backend) as small:
        small.app.include_router(audit_router("small"))
        small.app.dependency_overrides[current_admin] = staff
        yield small


async def write(log: Small, action: str = "cake.changed", at: datetime = NOON, **fields: Any) -> None:
    subject, verb = action.split(".")
    values: dict[str, Any] = {"person": staff(), "subject_id": 7, "label": "Bánh", "after": {"n": 1}, **fields}
    async with log.service.database.session() as session:
        await audit.add(session, AUDIT, FixedClock(at), Action(subject=subject, verb=verb, **values))


async def read(log: Small, **filters: Any) -> AuditPage:
    return AuditPage.model_validate(await ok(log.http.get("/api/admin/audit", params=filters)))


async def labels(log: Small, **filters: Any) -> list[str]:
    return [entry.label for entry in (await read(log, **filters)).items]


async def test_an_entry_tells_who_when_what_before_and_after(log: Small) -> None:
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        await write(
            log,
            person=staff(5),
            subject_id=UUID(int=3),
            label="Bánh Đậu Đỏ",
            before={"name": "a", "same": [1], "gone": True},
            after={"name": "b", "same": [1], "new": {"deep": None}},
        )

    [entry] = (await ok(log.http.get("/api/admin/audit")))["items"]

    assert UUID(entry.pop("id")).version == 7
    assert datetime.fromisoformat(entry.pop("at")) == NOON
    assert entry == {
        "service": "small",
        "actorId": 5,
        "action": "cake.changed",
        "subject": "cake",
        "subjectId": "00000000-0000-0000-0000-000000000003",
        "label": "Bánh Đậu Đỏ",
        "before": {"name": "a", "gone": True},
        "after": {"name": "b", "new": {"deep": None}},
        "requestId": "request-1",
    }


@pytest.mark.parametrize(("before", "after"), [(None, {"n": 1}), ({"n": 1}, None), (None, None)])
async def test_what_is_new_or_gone_is_told_whole(
    log: Small, before: dict[str, int] | None, after: dict[str, int] | None
) -> None:
    await write(log, before=before, after=after)
    [entry] = (await read(log)).items
    assert (entry.before, entry.after) == (before, after)


async def test_both_ways_of_writing_write_the_same(log: Small, tables: Tables) -> None:
    action = Action(staff(5), "cake", "changed", 7, "Bánh", {"a": 1, "b": None}, {"a": 2, "b": None})
    async with log.service.database.session() as session:
        await audit.add(session, AUDIT, FixedClock(NOON), action)
    async with log.service.database.pool.connection() as connection:
        await connection.execute(audit.ADD, action.values(FixedClock(NOON)))

    assert tables.one("select count(*) from backend.audit_entry") == 2
    columns = "at, actor_id, action, subject, subject_id, label, label_key, before, after, request_id"
    assert tables.one(f"select count(distinct ({columns})) from backend.audit_entry") == 1


async def test_an_entry_stands_or_falls_with_what_it_tells(log: Small, tables: Tables) -> None:
    async def begin() -> None:
        async with log.service.database.session() as session:
            await audit.add(session, AUDIT, FixedClock(NOON), Action(staff(), "cake", "changed", 7, "Bánh"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await begin()
    assert tables.one("select count(*) from backend.audit_entry") == 0


@pytest.mark.parametrize(
    "change",
    [
        "update audit_entry set label = 'other'",
        "update audit_entry set label = 'other' where false",
        "delete from audit_entry",
        "truncate audit_entry",
        "insert into audit_entry select * from audit_entry on conflict (id) do update set label = 'other'",
    ],
)
@pytest.mark.parametrize("role", ["backend", "superuser"])
async def test_nobody_changes_it(log: Small, databases: Databases, tables: Tables, role: str, change: str) -> None:
    await write(log)
    before = tables.rows("select * from backend.audit_entry")
    with (
        psycopg.connect(getattr(databases, role), options="-c search_path=backend") as connection,
        pytest.raises(InsufficientPrivilege, match="the audit log cannot be changed"),
    ):
        connection.execute(change)
    assert tables.rows("select * from backend.audit_entry") == before


async def test_pages_continue_behind_the_last_entry_whatever_is_added(log: Small) -> None:
    for number in range(5):
        await write(log, label=str(number))

    first = await read(log, limit=2)
    await write(log, label="later")
    second = await read(log, limit=2, after=first.next)
    third = await read(log, limit=2, after=second.next)

    assert [[entry.label for entry in page.items] for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert (first.next, third.next) == (first.items[-1].id, None)
    assert (await read(log, limit=1, after=third.items[0].id)).model_dump() == {"items": [], "next": None}


async def test_an_entry_of_another_log_is_a_place_to_continue_from(log: Small) -> None:
    await write(log, label="before")
    elsewhere = Action(staff(), "order", "moved", 1, "").row(FixedClock(NOON))["id"]
    await write(log, label="after")
    assert await labels(log, after=str(elsewhere)) == ["before"]


async def test_it_is_narrowed(log: Small) -> None:
    await write(log, "cake.changed", label="a", person=staff(2))
    await write(log, "cake.archived", label="b", subject_id=8)
    await write(log, "size.changed", label="c")

    assert await labels(log, actorId=2) == ["a"]
    assert await labels(log, action="cake") == ["b", "a"]
    assert await labels(log, action="cake.changed") == ["a"]
    assert await labels(log, action="size.changed") == ["c"]
    assert await labels(log, action="siz") == []
    assert await labels(log, subjectId="8") == ["b"]
    assert await labels(log, subjectId="7", action="cake") == ["a"]
    assert await labels(log, actorId=3) == []


async def test_it_is_searched_accents_and_case_aside(log: Small) -> None:
    await write(log, label="Bánh Đậu Đỏ 100%")
    await write(log, label=r"under_score \ back")

    for words in ("đậu", "DAU DO", "bánh dau", "100%"):
        assert await labels(log, q=words) == ["Bánh Đậu Đỏ 100%"], words
    assert await labels(log, q="r_s") == [r"under_score \ back"]
    assert await labels(log, q="\\") == [r"under_score \ back"]
    assert await labels(log, q="%d") == []
    assert await labels(log, q=" ") == [r"under_score \ back", "Bánh Đậu Đỏ 100%"]


async def test_days_are_the_shops(log: Small) -> None:
    await write(log, label="7th", at=datetime(2026, 3, 7, 16, 59, 59, 999_999, UTC))
    await write(log, label="8th begins", at=datetime(2026, 3, 7, 17, tzinfo=UTC))
    await write(log, label="8th ends", at=datetime(2026, 3, 8, 16, 59, 59, 999_999, UTC))
    await write(log, label="9th", at=datetime(2026, 3, 8, 17, tzinfo=UTC))

    assert await labels(log, dateFrom="2026-03-08", dateTo="2026-03-08") == ["8th ends", "8th begins"]
    assert await labels(log, dateTo="2026-03-07") == ["7th"]
    assert await labels(log, dateFrom="2026-03-09") == ["9th"]


@pytest.mark.parametrize(
    "bad",
    [
        {"limit": 101},
        {"limit": 0},
        {"actorId": 0},
        {"action": "cake.changed.more"},
        {"action": "cake'"},
        {"after": "7"},
        {"dateFrom": "1999-12-31"},
        {"q": "a\x00"},
        {"colour": "red"},
    ],
)
async def test_bad_filters_are_refused(log: Small, bad: dict[str, Any]) -> None:
    await refused(log.http.get("/api/admin/audit", params=bad), 422, "validation_error")

"""Customers: listing, reading, changing one's own profile."""

import asyncio
from datetime import datetime
from typing import Any

import psycopg
import pytest

from tests.integration.user_service.conftest import LAN, Api, record_statements
from tests.support.cluster import Databases

pytestmark = pytest.mark.anyio

PEOPLE = [
    {"email": "lan@example.com", "name": "Nguyễn Thị Lan", "phone": "0901 234 567"},
    {"email": "duc@example.com", "name": "Trần Đức", "phone": "+84 912.000.111"},
    {"email": "percent@example.com", "name": "100% Sugar_Free", "phone": ""},
]


@pytest.fixture
async def people(api: Api) -> list[Any]:
    """Three customers (2, 3, 4) and a guest (5)."""
    sessions = [await api.register(**person) for person in PEOPLE]
    return [*sessions, await api.guest()]


FINDS = {
    "": [4, 3, 2, 1],
    "q=nguyen": [2],
    "q=NGUYEN%20LAN": [2],
    "q=tr%E1%BA%A7n": [3],
    "q=duc": [3],
    "q=%C4%91%E1%BB%A9c": [3],
    "q=DUC%40EXAMPLE": [3],
    "q=0901234567": [2],
    "q=0901%20234": [2],
    "q=912000": [3],
    "q=%2B84901234567": [2],
    "q=%2B84%20(0)901%20234-567": [2],
    "q=84901234567": [2],
    "q=0084901234567": [2],
    "q=%2B8490123": [2],
    "q=901%20234%20567": [2],
    "q=0912%20000%20111": [3],
    "q=0912000111": [3],
    "q=84912000": [3],
    "q=%2B84%20912.000.111": [3],
    "q=%2B1%20912%20000": [],
    "q=%25": [4],
    "q=_": [4],
    "q=%5C": [],
    "q=%EF%BC%85": [4],  # a full-width per cent sign, which folding turns into a plain one
    "q=nobody": [],
    "role=ADMIN": [1],
    "role=CUSTOMER": [4, 3, 2],
    "role=GUEST": [5],
    "role=CUSTOMER&q=example.com": [4, 3, 2],
    "page=2&limit=2": [2, 1],
    "page=9&limit=2": [],
    "after=3": [2, 1],
    "after=3&limit=1": [2],
    "ids=5&ids=2&ids=2&ids=99": [5, 2],
    "ids=5&ids=2&role=CUSTOMER": [2],
    "ids=5&ids=2&q=lan": [2],
    "ids=2&ids=3&after=3": [2],
}


@pytest.mark.usefixtures("people")
async def test_staff_find_people(api: Api) -> None:
    token = await api.admin()
    found = {
        query: [user["id"] for user in (await api.ok("GET", f"/api/customers?{query}", token=token))["items"]]
        for query in FINDS
    }
    assert found == FINDS


@pytest.mark.usefixtures("people")
async def test_a_page_tells_how_many_there_are_in_two_statements(api: Api) -> None:
    token = await api.admin()
    statements = record_statements(api)

    page = await api.ok("GET", "/api/customers?limit=3&page=2", token=token)

    assert {name: page[name] for name in ("page", "limit", "total", "pages")} == {
        "page": 2,
        "limit": 3,
        "total": 4,
        "pages": 2,
    }
    assert len(statements) == 2


async def test_a_listed_person_is_whole(api: Api, people: list[Any]) -> None:
    page = await api.ok("GET", "/api/customers?q=lan", token=await api.admin())
    assert page["items"] == [people[0]["user"]]


async def test_bad_queries_are_refused(api: Api) -> None:
    token = await api.admin()
    long, ids = f"q={'x' * 101}", "&".join(["ids=1"] * 101)
    for query in (
        "page=0",
        "limit=0",
        "limit=101",
        "page=x",
        "role=BOSS",
        "q=%00",
        "after=0",
        long,
        "page=1e9",
        "ids=0",
        ids,
    ):
        await api.refused(422, "validation_error", "GET", f"/api/customers?{query}", token=token)


async def test_a_list_goes_ten_thousand_people_deep_by_page(api: Api) -> None:
    token = await api.admin()
    assert (await api.ok("GET", "/api/customers?page=101&limit=100", token=token))["items"] == []
    await api.refused(422, "page_too_deep", "GET", "/api/customers?page=102&limit=100", token=token)
    assert (await api.ok("GET", "/api/customers?page=102&limit=100&after=1", token=token))["items"] == []


async def test_only_staff_list_people(api: Api, people: list[Any]) -> None:
    await api.refused(401, "unauthenticated", "GET", "/api/customers")
    for session in people:
        await api.refused(403, "forbidden", "GET", "/api/customers", token=session["accessToken"])


async def test_one_reads_oneself_and_staff_read_anybody(api: Api, people: list[Any]) -> None:
    lan, duc, *_ = people
    assert await api.ok("GET", "/api/customers/2", token=lan["accessToken"]) == lan["user"]
    assert await api.ok("GET", "/api/customers/3", token=await api.admin()) == duc["user"]


async def test_another_persons_profile_does_not_exist(api: Api, people: list[Any]) -> None:
    lan, duc, _, guest = people
    unknown = await api.refused(404, "not_found", "GET", "/api/customers/999", token=lan["accessToken"])
    before = api.everything()
    for session in (lan, guest):
        other = await api.refused(404, "not_found", "GET", "/api/customers/3", token=session["accessToken"])
        assert {**other.json(), "requestId": ""} == {**unknown.json(), "requestId": ""}
        await api.refused(
            404, "not_found", "PATCH", "/api/customers/3", {"name": "Hacked"}, token=session["accessToken"]
        )
    await api.refused(401, "unauthenticated", "PATCH", "/api/customers/3", {"name": "Hacked"})
    assert api.everything() == before
    assert (await api.ok("GET", "/api/customers/3", token=duc["accessToken"]))["name"] == "Trần Đức"


async def test_what_is_no_id_is_refused(api: Api) -> None:
    for user_id in ("0", "-1", "x", "1.5", str(2**53), "9" * 40):
        await api.refused(422, "validation_error", "GET", f"/api/customers/{user_id}", token=await api.admin())


async def test_changing_a_profile_leaves_the_rest(api: Api) -> None:
    session = await api.register()
    token = session["accessToken"]

    changed = await api.ok("PATCH", "/api/customers/2", {"name": "  Lan Anh ", "address": "2 Hàng Gai\nHà Nội"}, token)

    assert changed == {**session["user"], "name": "Lan Anh", "address": "2 Hàng Gai\nHà Nội"}
    assert await api.ok("PATCH", "/api/customers/2", {"phone": ""}, token) == {**changed, "phone": ""}
    assert await api.ok("PATCH", "/api/customers/2", {}, token) == {**changed, "phone": ""}


async def test_staff_change_anybodys_profile(api: Api) -> None:
    await api.register()
    assert (await api.ok("PATCH", "/api/customers/2", {"name": "L."}, await api.admin()))["name"] == "L."


async def test_what_cannot_be_changed_is_named(api: Api) -> None:
    session = await api.register()
    before = api.everything()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"email": "new@example.com"}, "email"),
        ({"role": "ADMIN"}, "role"),
        ({"id": 1}, "id"),
        ({"name": ""}, "name"),
        ({"phone": "x"}, "phone"),
        ({"newPassword": "short"}, "newPassword"),
    ]
    for body, field in cases:
        refusal = await api.refused(422, "validation_error", "PATCH", "/api/customers/2", body, session["accessToken"])
        assert [error["field"] for error in refusal.json()["errors"]] == [field]
    assert api.everything() == before


async def test_a_new_password_needs_the_current_one_and_ends_the_other_sessions(api: Api) -> None:
    other, mine = await api.register(), await api.login()
    change = {"currentPassword": LAN["password"], "newPassword": "battery staple", "name": "Lan Anh"}
    before = api.everything()

    for current in ("wrong", None):
        wrong = {**change, "currentPassword": current}
        await api.refused(403, "wrong_password", "PATCH", "/api/customers/2", wrong, mine["accessToken"])
    assert api.everything() == before

    assert (await api.ok("PATCH", "/api/customers/2", change, mine["accessToken"]))["name"] == "Lan Anh"
    await api.ok("POST", "/api/auth/verify", token=mine["accessToken"])
    await api.refused(401, "session_ended", "POST", "/api/auth/verify", token=other["accessToken"])
    await api.refused(401, "session_ended", "POST", "/api/auth/refresh", {"refreshToken": other["refreshToken"]})
    old = {"email": LAN["email"], "password": LAN["password"]}
    await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", old)
    await api.login(password="battery staple")


async def test_of_two_password_changes_at_once_one_wins(api: Api) -> None:
    session = await api.register()
    changes = [{"currentPassword": LAN["password"], "newPassword": f"new password {n}"} for n in range(6)]
    answers = await asyncio.gather(
        *(api.call("PATCH", "/api/customers/2", change, session["accessToken"]) for change in changes)
    )
    won = [change for change, answer in zip(changes, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    await api.login(password=won[0]["newPassword"])


async def test_guessing_the_current_password_is_limited_as_logins_are(api: Api) -> None:
    session = await api.register()
    body = {"currentPassword": "wrong", "newPassword": "battery staple"}
    for _ in range(10):
        await api.refused(403, "wrong_password", "PATCH", "/api/customers/2", body, session["accessToken"])
    right = {**body, "currentPassword": LAN["password"]}
    await api.refused(429, "rate_limited", "PATCH", "/api/customers/2", right, session["accessToken"])


async def test_nobody_changes_anothers_password(api: Api) -> None:
    await api.register()
    admin = await api.admin()
    before = api.everything()
    body = {"currentPassword": LAN["password"], "newPassword": "battery staple"}
    await api.refused(403, "forbidden", "PATCH", "/api/customers/2", body, admin)
    assert api.everything() == before


async def test_a_guest_has_a_profile_but_no_password(api: Api) -> None:
    guest = await api.guest()
    token = guest["accessToken"]
    assert (await api.ok("PATCH", "/api/customers/2", {"name": "Khách"}, token))["name"] == "Khách"
    body = {"currentPassword": "x", "newPassword": "battery staple"}
    await api.refused(409, "guest_account", "PATCH", "/api/customers/2", body, token)


async def test_last_seen_is_the_latest_of_all_sessions(api: Api) -> None:
    await api.register()
    again = await api.login()
    user = await api.ok("GET", "/api/customers/2", token=await api.admin())
    assert datetime.fromisoformat(user["lastSeenAt"]) == datetime.fromisoformat(again["user"]["lastSeenAt"])


def test_lists_use_their_indexes_however_many_guests_there_are(databases: Databases) -> None:
    with psycopg.connect(
        databases.superuser, autocommit=True, options="-c search_path=user_service,public"
    ) as connection:
        connection.execute(
            "insert into users (email, name, role, password_hash, created_at)"
            " select 'p' || n || '@example.com', 'Người ' || n, 'CUSTOMER', '-', now() from generate_series(1, 30000) n"
        )
        connection.execute("insert into users (role, created_at) select 'GUEST', now() from generate_series(1, 30000)")
        connection.execute("vacuum analyze users")

        def plan(rest: str) -> str:
            rows = connection.execute(f"explain select id from users where {rest} desc limit 24")
            return "\n".join(row[0] for row in rows)

        assert "ix_users_search_text" in plan(
            "email is not null and search_text like contains_pattern('p4321') order by id + 0"
        )
        assert "ix_users_registered" in plan("email is not null order by id")
        assert "ix_users_registered" in plan("email is not null and role = 'CUSTOMER' order by id")
        assert "ix_users_role_id" in plan("role = 'ADMIN' order by id")

"""The reports' API: staff alone, in JSON or CSV, with clear words for what is wrong."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from analytics.events import AddToCart, Payload, ProductSearch, ProductViewed, event
from analytics.reports import REPORTS
from shopkit.clock import shop_day
from tests.support.apps import Login, RunningShop
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio
PATH = "/api/admin/reports"


async def record(shop: RunningShop, *payloads: Payload, at: datetime | None = None) -> None:
    now = at or datetime.now(UTC)
    made = [
        event(payload, service="order_service", user_id=7, session_id="v", occurred_at=now + timedelta(seconds=n))
        for n, payload in enumerate(payloads)
    ]
    body = {"events": [each.model_dump(mode="json", by_alias=True) for each in made]}
    await ok(shop.backend.post("/internal/events", json=body, headers=await shop.service_headers("order_service")))


@pytest.fixture
async def admin(shop: RunningShop) -> Login:
    return await shop.admin()


async def test_every_report_answers_for_the_last_thirty_days(shop: RunningShop, admin: Login) -> None:
    names = await ok(shop.backend.get(PATH, headers=admin.headers))
    assert names == list(REPORTS)
    today = shop_day(datetime.now(UTC))
    for name in names:
        report = await ok(shop.backend.get(f"{PATH}/{name}", headers=admin.headers))
        assert [(each["name"], each["kind"]) for each in report["columns"]] == list(REPORTS[name].columns)
        assert (report["since"], report["until"]) == ((today - timedelta(days=29)).isoformat(), today.isoformat())


async def test_a_report_says_what_happened_in_the_period(shop: RunningShop, admin: Login) -> None:
    viewed = ProductViewed(product_id=1, product_name="Xoài", price=5, category="mousse")
    added = AddToCart(product_id=1, product_name="Xoài", quantity=2, size="M", price=5)
    await record(shop, viewed, viewed, added, added)
    await record(shop, viewed, at=datetime.now(UTC) - timedelta(days=10))
    today = shop_day(datetime.now(UTC)).isoformat()
    period = {"from": today, "to": today}
    answer = await shop.backend.get(f"{PATH}/product_views_by_user", params=period, headers=admin.headers)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["rows"] == [[7, 2, 1, today]]
    assert (await ok(shop.backend.get(f"{PATH}/product_views_by_user", headers=admin.headers)))["rows"][0][1] == 3
    funnel = await ok(shop.backend.get(f"{PATH}/conversion_funnel", params=period, headers=admin.headers))
    assert funnel["rows"] == [
        [unit, step, name, reached]
        for unit in ("visit", "customer")
        for step, (name, reached) in enumerate((("view", 1), ("cart", 1), ("checkout", 0), ("order", 0)), 1)
    ]


async def test_a_file_opens_in_a_spreadsheet_and_runs_nothing(shop: RunningShop, admin: Login) -> None:
    searches = ['=HYPERLINK("http://evil")', "bánh, kem", "kem"]
    await record(shop, *(ProductSearch(search_query=text, results_count=1) for text in searches))
    headers = {**admin.headers, "Accept": "text/csv"}
    answer = await shop.backend.get(f"{PATH}/searches", headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    today = shop_day(datetime.now(UTC))
    name = f"searches-{today - timedelta(days=29)}-{today}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.text.startswith("\ufeffquery,searches,")
    rows = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == [column for column, _ in REPORTS["searches"].columns]
    assert sorted(row[0] for row in rows[1:]) == sorted(['\'=hyperlink("http://evil")', "bánh, kem", "kem"])


@pytest.mark.parametrize(
    ("name", "parameters", "status", "code"),
    [
        ("nonsense", {}, 404, "no_report"),
        ("searches'; drop table events", {}, 404, "no_report"),
        ("purchases", {"from": "2026-03-02", "to": "2026-03-01"}, 422, "bad_period"),
        ("purchases", {"from": "yesterday"}, 422, "validation_error"),
        ("purchases", {"to": "1999-12-31"}, 422, "validation_error"),
        ("purchases", {"limit": "0"}, 422, "validation_error"),
        ("customers", {"segment": "rich"}, 422, "validation_error"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    shop: RunningShop, admin: Login, name: str, parameters: dict[str, str], status: int, code: str
) -> None:
    await refused(shop.backend.get(f"{PATH}/{name}", params=parameters, headers=admin.headers), status, code)


async def test_rows_have_a_limit(shop: RunningShop, admin: Login) -> None:
    await record(shop, *(ProductSearch(search_query=f"cake {n}", results_count=1) for n in range(5)))
    report = await ok(shop.backend.get(f"{PATH}/searches", params={"limit": 3}, headers=admin.headers))
    assert [row[0] for row in report["rows"]] == ["cake 0", "cake 1", "cake 2"]


async def test_the_table_is_untouched_by_those_who_may_not_look(shop: RunningShop, tables: Tables) -> None:
    lan = await shop.register()
    await refused(shop.backend.get(f"{PATH}/purchases", headers=lan.headers), 403, "forbidden")
    await refused(shop.backend.get(f"{PATH}/purchases"), 401, "unauthenticated")
    assert tables.one("select count(*) from analytics.events where name <> 'User Registered'") == 0

"""The analytics page's State and what it makes of reports."""

from datetime import date
from typing import Any

import httpx
import pytest

from analytics.reports import REPORTS
from shopkit.contracts.reports import Report
from storefront.i18n import t
from storefront.state.admin import analytics
from storefront.state.admin.analytics import AnalyticsState
from storefront.state.admin.analytics_query import AnalyticsQuery, before
from storefront.state.admin.analytics_view import Names, show_analytics
from storefront.state.admin.customer_habits import habits_of
from tests.unit.storefront.admin import page_of, staff_at
from tests.unit.storefront.fakes import SID, Services, problem, run, user

pytestmark = pytest.mark.anyio
SINCE, UNTIL = date(2026, 2, 1), date(2026, 2, 28)
ROWS: dict[str, list[list[Any]]] = {
    "purchases": [["2026-02-03", 3, 900_000, 2, 1], ["2026-02-04", 1, 100_000, 1, 0]],
    "conversion_funnel": [
        [unit, step, name, reached]
        for unit, counts in (("visit", (40, 10, 5, 4)), ("customer", (8, 8, 4, 3)))
        for step, (name, reached) in enumerate(zip(("view", "cart", "checkout", "order"), counts, strict=True), 1)
    ],
    "best_sellers": [[1, "Mousse dâu", 8, 800_000, 3], [2, "Kem", 2, 200_000, 1]],
    "category_performance": [["mousse", 30, 3, 8, 800_000], ["kem", 5, 1, 2, 200_000]],
    "cohort_retention": [
        ["2026-01-01", 0, 10, 12, 1],
        ["2026-01-01", 1, 4, 5, 1],
        ["2026-02-01", 0, 2, 2, 1],
    ],
    "searches": [["kem", 9, 0, 3], ["pizza", 4, 4, 0], ["bánh chưng", 5, 5, 0]],
    "demand_missed": [
        ["2026-02-04", 1, "Mousse dâu", 2, 3],
        ["2026-02-03", 1, None, 1, 1],
        ["2026-02-03", 7, None, 1, 2],
    ],
    "customers": [
        [7, "returning", 3, 900_000, "2026-01-05", "2026-02-03"],
        [8, "new", 1, 1, "2026-02-04", "2026-02-04"],
    ],
    "segment": [[9, "at_risk", 2, 5_000, "2025-11-01", "2025-12-02"]],
}
EARLIER = {"purchases": [["2026-01-10", 2, 500_000, 2, 0]], "conversion_funnel": []}
NAMES = Names({7: "Mai"}, {"mousse": "Bánh mousse"})


def report(name: str, rows: list[list[Any]]) -> dict[str, Any]:
    columns = [{"name": column, "kind": kind} for column, kind in REPORTS[name.replace("segment", "customers")].columns]
    return {"name": name, "since": SINCE.isoformat(), "until": UNTIL.isoformat(), "columns": columns, "rows": rows}


def shown(rows: dict[str, list[list[Any]]] = ROWS, unit: str = "visit", lang: Any = "en") -> Any:
    now = {name: Report.model_validate(report(name, found)) for name, found in rows.items()}
    then = {name: Report.model_validate(report(name, found)) for name, found in EARLIER.items()}
    return show_analytics(now, then, unit, NAMES, lang)


def test_figures_stand_beside_the_period_before() -> None:
    figures = {figure.key: figure for figure in shown().figures}
    assert [(key, figure.value, figure.tone) for key, figure in figures.items()] == [
        ("revenue", "1.000.000\u00a0₫", "up"),
        ("orders", "4", "up"),
        ("conversion", "10.0\u00a0%", "same"),
        ("basket", "250.000\u00a0₫", "same"),
        ("returning", "25.0\u00a0%", "same"),
    ]
    assert figures["revenue"].change == "+100%"
    assert figures["orders"].path == "/en/admin/orders?view=table&since=2026-02-01&until=2026-02-28"
    assert figures["conversion"].change == t("en", "admin_analytics.from_nothing")
    assert {figure.explained for figure in figures.values()} == {
        t("en", f"admin_analytics.{key}_means") for key in figures
    }
    assert shown(lang="vi").figures[2].value == "10,0\u00a0%"


def test_the_funnel_tells_what_was_lost_at_each_step() -> None:
    steps = shown().funnel
    assert [(one.key, one.reached, one.share, one.percent) for one in steps] == [
        ("view", "40", "100%", "100\u00a0%"),
        ("cart", "10", "25%", "25\u00a0%"),
        ("checkout", "5", "12%", "12\u00a0%"),
        ("order", "4", "10%", "10\u00a0%"),
    ]
    assert [one.drop for one in steps] == ["", "75% left here", "50% left here", "20% left here"]
    assert [one.reached for one in shown(unit="customer").funnel] == ["8", "8", "4", "3"]


def test_every_day_has_a_bar_and_lists_have_names() -> None:
    view = shown()
    assert (len(view.days), view.days[2]["revenue"], view.days[0]["revenue"]) == (28, 900_000, 0)
    assert view.days_summary == "Most on Tuesday 3 Feb: 900.000\u00a0₫."
    assert [(row.name, row.share) for row in view.sellers] == [("Mousse dâu", "100%"), ("Kem", "25%")]
    assert [row.name for row in view.categories] == ["Bánh mousse", "kem"]
    assert [row.name for row in view.searches] == ["bánh chưng", "pizza"]
    assert [(row.name, row.value, row.note) for row in view.missed] == [
        ("Mousse dâu", "3 times", "4 pieces missing"),
        ("Product 7", "1 times", "2 pieces missing"),
    ]
    assert [(row.name, row.value) for row in view.returned] == [("Mai", "3 orders")]
    assert [row.name for row in view.segment] == ["Customer 9"]


def test_cohorts_have_a_cell_for_each_month_since() -> None:
    view = shown()
    assert view.cohort_months == ["0", "1"]
    assert [(one.month, one.size, [(cell.text, cell.level) for cell in one.cells]) for one in view.cohorts] == [
        ("2/2026", "2", [("100\u00a0%", 100), ("–", 0)]),
        ("1/2026", "10", [("100\u00a0%", 100), ("40\u00a0%", 40)]),
    ]


def test_a_period_without_anything_is_called_empty() -> None:
    view = shown({name: [] for name in ROWS})
    assert view.is_empty
    assert [one.reached for one in view.funnel] == ["0"] * 4
    assert (view.sellers, view.cohorts, view.searches, view.returned) == ([], [], [], [])
    assert view.days_summary == t("en", "admin_analytics.days_nothing")
    assert not shown().is_empty


@pytest.mark.parametrize(
    ("parameters", "since", "until"),
    [
        ({}, date(2026, 2, 1), date(2026, 3, 2)),
        ({"days": "1"}, date(2026, 3, 2), date(2026, 3, 2)),
        ({"days": "5000"}, date(2026, 2, 1), date(2026, 3, 2)),
        ({"since": "2026-01-05", "until": "2026-01-02"}, date(2026, 1, 2), date(2026, 1, 5)),
        ({"since": "2026-02-20"}, date(2026, 2, 20), date(2026, 3, 2)),
        ({"until": "2026-02-20", "days": "7"}, date(2026, 2, 20), date(2026, 2, 20)),
        ({"since": "nonsense"}, date(2026, 2, 1), date(2026, 3, 2)),
    ],
)
def test_the_address_says_which_days(parameters: dict[str, str], since: date, until: date) -> None:
    assert AnalyticsQuery.parse(parameters).bounds(date(2026, 3, 2)) == (since, until)


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert before(date(2026, 3, 1), date(2026, 3, 7)) == (date(2026, 2, 22), date(2026, 2, 28))
    assert before(date(2026, 3, 1), date(2026, 3, 1)) == (date(2026, 2, 28), date(2026, 2, 28))


def answer_with(services: Services) -> None:
    for name in analytics.NAMES:
        services.answers["GET", f"/api/admin/reports/{name}"] = report(name, ROWS[name])
    services.answers["GET", "/api/customers"] = page_of(user(id=7, name="Mai"))
    services.answers["GET", "/api/categories"] = [
        {"id": 1, "slug": "mousse", "name": "Bánh mousse", "nameEn": "Mousse", "position": 0, "productCount": 1}
    ]


async def test_the_page_shows_reports_and_says_when_there_are_none(services: Services) -> None:
    answer_with(services)
    state = await staff_at(services, AnalyticsState, "/admin/analytics")
    await run(AnalyticsState.load.fn(state))  # type: ignore[attr-defined]
    assert (state.is_loaded, state.is_unreachable, state.is_off) == (True, False, False)
    assert [row.name for row in state.view.returned] == ["Mai"]
    assert state.view.categories[0].name == "Bánh mousse"

    services.answers["GET", "/api/admin/reports/purchases"] = httpx.ConnectError("down")
    await run(AnalyticsState.load.fn(state))  # type: ignore[attr-defined]
    assert (state.is_loaded, state.is_unreachable, state.is_off) == (True, True, False)
    assert state.view.sellers  # what was there stays

    services.answers["GET", "/api/admin/reports/purchases"] = problem(409, "analytics_off")
    await run(AnalyticsState.load.fn(state))  # type: ignore[attr-defined]
    assert (state.is_unreachable, state.is_off) == (False, True)


async def test_a_customers_habits(services: Services) -> None:
    services.live_session(user(id=1, role="ADMIN"))
    services.answers["GET", "/api/admin/reports/customers"] = report("customers", ROWS["customers"][:1])
    services.answers["GET", "/api/admin/reports/best_sellers"] = report("best_sellers", ROWS["best_sellers"])
    habits = await habits_of(SID, 7, "en")
    assert (habits.segment, habits.frequency) == ("returning", "3 orders, one in 14 days")
    assert (habits.first, habits.last) == ("Monday 5 Jan", "Tuesday 3 Feb")
    assert [(cake.name, cake.pieces) for cake in habits.favourites] == [("Mousse dâu", "8 pieces"), ("Kem", "2 pieces")]
    asked = [request.url.params["userId"] for request in services.requests if "reports" in request.url.path]
    assert asked == ["7", "7"]

    services.answers["GET", "/api/admin/reports/customers"] = report("customers", [])
    assert (await habits_of(SID, 7, "en")).segment == ""
    services.answers["GET", "/api/admin/reports/customers"] = problem(409, "analytics_off")
    assert (await habits_of(SID, 7, "en")).segment == ""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from shopkit.client import ServiceClient
from shopkit.contracts.audit import AuditEntry, AuditPage
from storefront.clients import wiring
from storefront.clients.audit import AuditClient
from storefront.i18n import t
from storefront.state.admin.audit import AuditQuery, AuditState
from storefront.state.admin.audit_reading import merge
from storefront.state.admin.audit_view import Difference, Names, differences, show_entry
from tests.unit.storefront.admin import STAFF, page_of, staff_at
from tests.unit.storefront.fakes import Entered, Services, run

pytestmark = pytest.mark.anyio
NAMES = ("backend", "order_service", "user_service")
LOG = "/api/admin/audit"
NAMES_OF = Names(people={1: "Admin"}, categories={"kem": "Ice cream"})


def entry(number: int, service: str = "backend", **change: Any) -> dict[str, Any]:
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number)
    told = {"id": str(UUID(int=0x019C_0000_0000_7000_8000_0000_0000_0000 + number)), "at": moment.isoformat()}
    told |= {"service": service, "actorId": 1, "action": "size.changed", "subject": "size", "subjectId": "8"}
    told |= {"label": "Mousse (M)", "before": {"price": 100000}, "after": {"price": 120000}, "requestId": None}
    return {**told, **change}


def page(*items: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {"items": list(items), "next": items[-1]["id"] if more else None}


def numbers(entries: list[Any]) -> list[int]:
    return [UUID(str(one.id)).int & 0xFFFF for one in entries]


def merged(limit: int, *pages: dict[str, Any]) -> tuple[list[int], str]:
    entries, after = merge([AuditPage.model_validate(one) for one in pages], limit)
    return numbers(entries), after


@pytest.fixture
def logs(services: Services, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each service's log answers: entries newest first, or an exception to raise."""
    kept: dict[str, Any] = {name: [] for name in NAMES}

    def client(name: str) -> AuditClient:
        def answer(request: httpx.Request) -> httpx.Response:
            assert request.url.path == LOG
            if isinstance(kept[name], Exception):
                raise kept[name]
            after, limit = request.url.params.get("after", "g"), int(request.url.params["limit"])
            found = [one for one in kept[name] if one["id"] < after][:limit]
            return httpx.Response(200, json=page(*found, more=len(found) == limit))

        return AuditClient(ServiceClient(name, f"http://{name}", transport=httpx.MockTransport(answer)))

    clients = [client(name) for name in NAMES]
    monkeypatch.setattr(wiring, "audits", lambda: clients)
    services.answers["GET", "/api/customers"] = page_of(STAFF)
    return kept


def test_pages_of_services_become_one_newest_first() -> None:
    assert merged(10, page(entry(5), entry(2)), page(entry(4)), page()) == ([5, 4, 2], "")


def test_what_does_not_fit_comes_again_behind_the_last_one() -> None:
    assert merged(2, page(entry(5), entry(2)), page(entry(4))) == ([5, 4], entry(4)["id"])
    assert merged(2, page(entry(5), entry(4), more=True), page()) == ([5, 4], entry(4)["id"])
    assert merged(2, page(), page()) == ([], "")


def test_ids_of_services_sort_by_time() -> None:
    ids = [uuid7() for _ in range(50)]
    assert sorted(ids) == ids


def test_an_address_makes_sense_of_its_dates() -> None:
    query = AuditQuery.parse({"since": "2026-03-05", "until": "2026-03-01", "who": "7", "subject": "king"})
    assert query == AuditQuery(who=7, since="2026-03-01", until="2026-03-05")
    assert query.filters() == {
        "q": None,
        "actorId": 7,
        "action": None,
        "dateFrom": "2026-03-01",
        "dateTo": "2026-03-05",
    }
    assert AuditQuery.parse({"since": "yesterday"}) == AuditQuery()


def test_a_change_is_told_in_the_readers_language() -> None:
    view = show_entry(AuditEntry.model_validate(entry(1)), Names(people={1: "Admin"}), "vi")
    assert (view.who, view.action, view.label) == ("Admin", "Sửa cỡ", "Mousse (M)")
    assert (view.path, view.at) == ("/admin/products/8", "07:00, 1/3/2026")
    assert view.differences == [Difference("Giá", "100.000\u00a0₫", "120.000\u00a0₫")]


def test_what_is_not_known_is_told_as_it_is() -> None:
    told = entry(1, action="oven.heated", subject="oven", label="", before=None, after={"degrees": 180}, actorId=9)
    view = show_entry(AuditEntry.model_validate(told), Names(), "en")
    assert (view.who, view.action, view.label, view.path) == ("Person 9", "oven.heated", "All", "")
    assert view.differences == [Difference("degrees", "", "180")]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            {"status": "PENDING"},
            {"status": "SHIPPED", "note": "Hi"},
            [("Status", t("en", "order.pending"), t("en", "order.shipped")), ("Note", "", "Hi")],
        ),
        ({"role": "ADMIN"}, {"role": "CUSTOMER"}, [("Role", "Admin", "Customer")]),
        ({"archived": False}, {"archived": True}, [("Off the shelf", "No", "Yes")]),
        ({"allergens": []}, {"allergens": ["milk", "egg"]}, [("Allergens", "", "milk, egg")]),
        ({"occasions": []}, {"occasions": ["birthday", "tet"]}, [("Occasions", "", "Birthday, Tết")]),
        ({"serves": None}, {"serves": 4}, [("Serves", "", "4")]),
        ({"description": ""}, {"description": ""}, []),
        (
            {"category": "kem", "price (M)": 90000, "stock (L (to))": 4},
            {"category": "gone", "price (M)": 1290000, "stock (L (to))": 10000},
            [
                ("Category", "Ice cream", "gone"),
                ("Price (M)", "90.000\u00a0₫", "1.290.000\u00a0₫"),
                ("Stock (L (to))", "4", "10,000"),
            ],
        ),
        (
            None,
            {"sizes": [{"stock": 8, "size": "M", "price": 129000}]},
            [("Sizes", "", "Size M · Price 129.000\u00a0₫ · Stock 8")],
        ),
    ],
)
def test_values_are_told_in_words(before: Any, after: Any, told: list[tuple[str, str, str]]) -> None:
    assert [(one.name, one.before, one.after) for one in differences(before, after, NAMES_OF, "en")] == told


async def test_the_log_comes_a_page_at_a_time_without_gaps(
    services: Services, logs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storefront.state.admin.audit.PAGE_SIZE", 3)
    for number in range(10, 0, -1):
        logs[NAMES[number % 3]].append(entry(number, NAMES[number % 3]))
    state = await staff_at(services, AuditState, "/admin/audit")
    await run(state.load())
    assert (numbers(state.entries), state.is_loaded) == ([10, 9, 8], True)
    while state.after:
        await run(state.load_more())
    assert numbers(state.entries) == list(range(10, 0, -1))
    assert {one.who for one in state.entries} == {"Admin"}


async def test_a_service_that_is_down_is_named_and_the_rest_shown(services: Services, logs: dict[str, Any]) -> None:
    logs["backend"], logs["user_service"] = [entry(1)], httpx.ConnectError("down")
    state = await staff_at(services, AuditState, "/admin/audit")
    await run(state.load())
    assert (numbers(state.entries), state.down) == ([1], [t("vi", "admin_monitoring.user_service")])
    assert (state.is_unreachable, state.is_loaded) == (False, True)


async def test_nothing_is_taken_away_when_no_service_answers(services: Services, logs: dict[str, Any]) -> None:
    logs["backend"] = [entry(1)]
    state = await staff_at(services, AuditState, "/admin/audit")
    await run(state.load())
    logs.update(dict.fromkeys(NAMES, httpx.ConnectError("down")))
    await run(state.load())
    assert (numbers(state.entries), state.is_unreachable) == ([1], True)


async def test_the_log_comes_back_by_itself(
    services: Services, logs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storefront.state.recovering.RETRY_DELAYS_S", (0,))
    logs.update(dict.fromkeys(NAMES, httpx.ConnectError("down")))
    state = await staff_at(services, AuditState, "/admin/audit")
    assert "recover" in str(await run(state.load()))
    assert (state.is_unreachable, state.is_loaded) == (True, False)
    logs.update({"backend": [entry(1)], "order_service": [], "user_service": []})
    await AuditState.recover.fn(Entered(state))
    assert (numbers(state.entries), state.is_unreachable, state.is_loaded) == ([1], False, True)


async def test_older_entries_out_of_reach_are_told_and_take_nothing_away(
    services: Services, logs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storefront.state.admin.audit.PAGE_SIZE", 1)
    logs["backend"] = [entry(2), entry(1)]
    state = await staff_at(services, AuditState, "/admin/audit")
    await run(state.load())
    logs.update(dict.fromkeys(NAMES, httpx.ConnectError("down")))
    assert t("vi", "session.unavailable") in str(await run(state.load_more()))
    assert (numbers(state.entries), state.is_unreachable, state.is_busy) == ([2], False, False)


async def test_filters_lead_to_addresses(services: Services, logs: dict[str, Any]) -> None:
    state = await staff_at(services, AuditState, "/admin/audit")
    await run(state.load())
    assert "/admin/audit?who=7" in str(state.filter("who", "7"))
    assert "/admin/audit?subject=order" in str(state.filter("subject", "order"))
    assert [person.name for person in state.people] == ["Admin"]

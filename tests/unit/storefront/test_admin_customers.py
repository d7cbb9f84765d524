import json
from typing import Any

import httpx
import pytest

from storefront.i18n import t
from storefront.state.admin.customer import CustomerState
from storefront.state.admin.customers import CustomerQuery, CustomersState
from storefront.state.admin.roles import RoleState
from tests.unit.storefront.admin import page_of, staff_at
from tests.unit.storefront.fakes import NOW, Entered, Services, order, problem, run, user

pytestmark = pytest.mark.anyio
LIST = "/admin/customers"
SUMS = {"userId": 7, "orders": 3, "cancelled": 1, "spent": 1598000, "lastOrderAt": NOW}


def test_an_address_with_a_role_that_there_is_not_shows_everybody() -> None:
    assert CustomerQuery.parse({"role": "KING", "q": " mai "}) == CustomerQuery(q="mai")
    assert CustomerQuery(q="mai").but(role="ADMIN") == "?q=mai&role=ADMIN"


async def test_the_list_shows_people_with_what_they_ordered(services: Services) -> None:
    services.answers["GET", "/api/customers"] = page_of(user(), user(id=1, role="ADMIN"), total=60)
    services.answers["GET", "/api/orders/customers"] = [SUMS]
    state = await staff_at(services, CustomersState, LIST)
    await run(state.load())
    first, own = state.rows
    assert (first.orders, first.spent, first.last_seen) == ("3", "1.598.000\u00a0₫", "Chưa từng")
    assert (first.is_self, own.is_self, own.orders) == (False, True, "")
    assert (state.total, state.has_more) == (60, False)
    asked = next(request for request in services.requests if request.url.path == "/api/orders/customers")
    assert asked.url.params.get_list("userIds") == ["7", "1"]


def newest_first(total: int) -> Any:
    """Return what answers as the user service does that knows people of ids 1 to `total`."""

    def people(request: httpx.Request) -> httpx.Response:
        first = int(request.url.params.get("after", total + 1)) - 1
        last = max(0, first - int(request.url.params["limit"]))
        return httpx.Response(200, json=page_of(*(user(id=each) for each in range(first, last, -1)), total=total))

    return people


async def test_the_list_goes_on_to_its_end_under_the_same_filters(services: Services) -> None:
    services.answers["GET", "/api/customers"] = newest_first(60)
    services.answers["GET", "/api/orders/customers"] = [SUMS]
    state = await staff_at(services, CustomersState, f"{LIST}?q=an&role=CUSTOMER")
    await run(state.load())
    shown = [(len(state.rows), state.has_more)]
    for _ in range(3):
        await run(state.load_more())
        shown.append((len(state.rows), state.has_more))
    assert shown == [(25, True), (50, True), (60, False), (60, False)]
    assert [row.id for row in state.rows] == list(range(60, 0, -1))
    asked = [dict(one.url.params) for one in services.requests if one.url.path == "/api/customers"]
    whole = {"q": "an", "role": "CUSTOMER", "limit": "25"}
    assert asked == [whole, {**whole, "after": "36"}, {**whole, "after": "11"}]
    state.rows = state.rows[:25]
    await run(state.load())
    assert len(state.rows) == 25


async def test_what_cannot_be_loaded_more_is_told_and_takes_nothing_away(services: Services) -> None:
    services.answers["GET", "/api/customers"] = newest_first(60)
    state = await staff_at(services, CustomersState, LIST)
    await run(state.load())
    services.answers["GET", "/api/customers"] = httpx.ConnectError("down")
    events = str(await run(state.load_more()))
    assert t("vi", "session.unavailable") in events
    assert (len(state.rows), state.has_more, state.is_unreachable, state.is_loading_more) == (25, True, False, False)


async def test_a_role_that_is_given_is_seen_where_the_person_stands(services: Services) -> None:
    services.answers["GET", "/api/customers"] = newest_first(60)
    services.answers["GET", "/api/customers/20"] = user(id=20, role="ADMIN")
    services.answers["PATCH", "/api/customers/20/role"] = user(id=20, role="ADMIN")
    state = await staff_at(services, CustomersState, LIST)
    await run(state.load())
    await run(state.load_more())
    roles = await state.get_state(RoleState)
    roles.ask(20, "An", False)
    assert "renew" in str(await run(roles.give()))
    await run(state.renew(20))
    assert [row.id for row in state.rows] == list(range(60, 10, -1))
    assert [row.id for row in state.rows if row.is_admin] == [20]
    await run(state.renew(5))
    assert [row.id for row in state.rows] == list(range(60, 35, -1))


@pytest.mark.parametrize(("kind", "path"), [(CustomersState, LIST), (CustomerState, f"{LIST}/7")])
async def test_a_page_comes_back_by_itself(
    services: Services, monkeypatch: pytest.MonkeyPatch, kind: Any, path: str
) -> None:
    monkeypatch.setattr("storefront.state.recovering.RETRY_DELAYS_S", (0, 0))
    address = path.replace("/admin", "/api")
    services.answers["GET", address] = httpx.ConnectError("down")
    state = await staff_at(services, kind, path)
    assert "recover" in str(await run(state.load()))
    assert (state.is_unreachable, state.is_loaded) == (True, False)
    answers = iter([httpx.Response(503), httpx.Response(200, json=user() if kind is CustomerState else page_of())])
    services.answers["GET", address] = lambda _: next(answers)
    await kind.recover.fn(Entered(state))
    assert (state.is_unreachable, state.is_loaded) == (False, True)


async def test_the_list_stands_without_the_order_service(services: Services) -> None:
    services.answers["GET", "/api/customers"] = page_of(user())
    services.answers["GET", "/api/orders/customers"] = httpx.ConnectError("down")
    state = await staff_at(services, CustomersState, LIST)
    await run(state.load())
    assert ([row.name for row in state.rows], state.rows[0].spent) == (["An"], "")
    assert (state.are_orders_unreachable, state.is_unreachable) == (True, False)


async def test_one_customer_with_their_last_orders(services: Services) -> None:
    services.answers["GET", "/api/customers/7"] = user()
    services.answers["GET", "/api/orders/customers"] = [SUMS]
    services.answers["GET", "/api/orders"] = page_of(order())
    state = await staff_at(services, CustomerState, f"{LIST}/7")
    await run(state.load())
    assert (state.customer.name, state.customer.orders, state.orders[0].number) == ("An", "3", "SD-1001")
    assert (state.is_loaded, state.is_missing) == (True, False)


@pytest.mark.parametrize("address", ["999", "0", "seven", "12345678901234567890"])
async def test_a_customer_that_there_is_not_is_missing(services: Services, address: str) -> None:
    state = await staff_at(services, CustomerState, f"{LIST}/{address}")
    await run(state.load())
    assert (state.is_missing, state.is_loaded, state.is_unreachable) == (True, False, False)


async def test_a_role_is_given_after_the_question(services: Services) -> None:
    given = user(role="ADMIN")
    services.answers["PATCH", "/api/customers/7/role"] = given
    state = await staff_at(services, RoleState, LIST)
    assert "showModal" in str(state.ask(7, "An", False))
    assert services.sent("PATCH", "/api/customers/7/role") == []
    events = str(await run(state.give()))
    assert services.sent("PATCH", "/api/customers/7/role") == [{"role": "ADMIN"}]
    assert t("vi", "admin_customers.made_admin", name="An") in events
    assert (state.notice, state.is_busy) == ("", False)


@pytest.mark.parametrize("code", ["last_admin", "own_role", "guest_account"])
async def test_a_refusal_is_told_in_the_dialog(services: Services, code: str) -> None:
    services.answers["PATCH", "/api/customers/7/role"] = problem(409, code)
    state = await staff_at(services, RoleState, LIST)
    state.ask(7, "An", True)
    events = str(await run(state.give()))
    assert state.notice == t("vi", f"admin_customers.{code}")
    assert "close" not in events
    assert not state.is_busy


async def test_a_role_is_given_by_email(services: Services) -> None:
    bodies: list[Any] = []

    def give(request: httpx.Request) -> httpx.Response:
        bodies.append((request.url.raw_path.decode(), json.loads(request.content)))
        return httpx.Response(200, json=user())

    services.answers["PATCH", "/api/customers/email/an+1@example.com/role"] = give
    state = await staff_at(services, RoleState, LIST)
    await run(state.give_by_email({"role_email": "nobody", "role_wanted": "ADMIN"}))
    assert (bodies, state.email_error) == ([], t("vi", "form.email_wrong"))
    await run(state.give_by_email({"role_email": "nobody@example.com", "role_wanted": "ADMIN"}))
    assert (state.email_error, state.notice) == ("", t("vi", "admin_customers.not_found"))
    await run(state.give_by_email({"role_email": "bad", "role_wanted": "ADMIN"}))
    assert (state.email_error, state.notice) == (t("vi", "form.email_wrong"), "")
    await run(state.give_by_email({"role_email": " an+1@example.com ", "role_wanted": "CUSTOMER"}))
    assert bodies == [("/api/customers/email/an%2B1%40example.com/role", {"role": "CUSTOMER"})]
    assert state.email_error == ""

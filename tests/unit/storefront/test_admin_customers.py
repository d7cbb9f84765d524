import json
from typing import Any

import httpx
import pytest

from storefront.i18n import t
from storefront.state.admin.customer import CustomerState
from storefront.state.admin.customers import CustomerQuery, CustomersState
from storefront.state.admin.roles import RoleState
from tests.unit.storefront.admin import page_of, staff_at
from tests.unit.storefront.fakes import NOW, Services, order, problem, run, user

pytestmark = pytest.mark.anyio
LIST = "/admin/customers"
SUMS = {"userId": 7, "orders": 3, "cancelled": 1, "spent": 1598000, "lastOrderAt": NOW}


def test_an_address_with_a_role_that_there_is_not_shows_everybody() -> None:
    assert CustomerQuery.parse({"role": "KING", "q": " mai "}) == CustomerQuery(q="mai")
    assert CustomerQuery(q="mai", page=3).but(role="ADMIN") == "?q=mai&role=ADMIN"


async def test_the_list_shows_people_with_what_they_ordered(services: Services) -> None:
    services.answers["GET", "/api/customers"] = page_of(user(), user(id=1, role="ADMIN"), total=60)
    services.answers["GET", "/api/orders/customers"] = [SUMS]
    state = await staff_at(services, CustomersState, LIST)
    await run(state.load())
    first, own = state.rows
    assert (first.orders, first.spent, first.last_seen) == ("3", "1.598.000\u00a0₫", "Chưa từng")
    assert (first.is_self, own.is_self, own.orders) == (False, True, "")
    assert (state.total, state.pages, state.after) == (60, 3, f"{LIST}?page=2")
    asked = next(request for request in services.requests if request.url.path == "/api/orders/customers")
    assert asked.url.params.get_list("userIds") == ["7", "1"]


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
    await run(state.give_by_email({"role_email": " an+1@example.com ", "role_wanted": "CUSTOMER"}))
    assert bodies == [("/api/customers/email/an%2B1%40example.com/role", {"role": "CUSTOMER"})]
    assert state.email_error == ""

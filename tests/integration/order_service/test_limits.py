"""How much may be ordered, and for how long a key is kept."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest

from order_service.orders import service
from shopkit import housekeeping
from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.calls import ok, refused
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

LIMITS = {
    "pieces_per_line": 5,
    "pieces_per_order": 8,
    "open_pieces_per_person": 12,
    "orders_per_person": 4,
    "orders_per_address": 6,
    "pieces_per_address": 20,
}


@pytest.fixture(scope="module")
async def running(databases: Databases, clock: FixedClock) -> AsyncIterator[RunningShop]:
    """The services with small limits."""
    async with running_shop(databases, clock=clock, settings={"order_service": LIMITS}) as services:
        yield services


def pass_time(databases: Databases, seconds: int) -> None:
    with psycopg.connect(databases.superuser, options="-c search_path=order_service") as connection:
        connection.execute(
            "update attempts set window_started_at = window_started_at - make_interval(secs => %s)", (seconds,)
        )
        connection.execute("update order_request set created_at = created_at - make_interval(secs => %s)", (seconds,))


async def stated(shop: RunningShop, address: str) -> dict[str, str]:
    """Return the headers by which the storefront states a shopper's address."""
    own = (await shop.service_headers("storefront"))["Authorization"]
    return {"X-Client-Address": address, "X-Service-Authorization": own}


async def place_from(counter: Counter, who: Login, address: str, quantity: int = 1) -> httpx.Response:
    headers = who.headers | await stated(counter.shop, address)
    return await counter.shop.orders.post("/api/orders", json=counter.order(who, quantity), headers=headers)


async def retry_after(answer: httpx.Response) -> int:
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited"), answer.text
    assert answer.headers["retry-after"] == str(answer.json()["retryAfter"])
    return int(answer.headers["retry-after"])


@pytest.mark.parametrize("quantities", [[6], [3, 3]])
async def test_too_many_pieces_of_one_cake(counter: Counter, lan: Login, tables: Tables, quantities: list[int]) -> None:
    line = {"productId": counter.cake, "size": "M", "price": 299_000}
    items = [{**line, "quantity": quantity} for quantity in quantities]
    await counter.settled()
    before = tables.everything("backend", "order_service")
    problem = await refused(
        counter.place(lan, counter.order(lan, items=items, totalAmount=6 * 299_000)), 422, "too_many_pieces_of_one"
    )
    assert problem["most"] == 5
    assert tables.everything("backend", "order_service") == before


async def test_too_many_pieces_in_one_order(counter: Counter, lan: Login, tables: Tables) -> None:
    items: list[dict[str, Any]] = [
        {"productId": counter.cake, "size": "M", "quantity": 5, "price": 299_000},
        {"productId": counter.other, "size": "S", "quantity": 4, "price": 100_000},
    ]
    await counter.settled()
    before = tables.everything("backend", "order_service")
    body = counter.order(lan, items=items, totalAmount=5 * 299_000 + 400_000)
    assert (await refused(counter.place(lan, body), 422, "too_many_pieces"))["most"] == 8
    assert tables.everything("backend", "order_service") == before


async def test_what_is_open_is_limited_and_what_was_delivered_is_not(
    counter: Counter, lan: Login, minh: Login, admin: Login, tables: Tables
) -> None:
    first = await counter.placed(lan, counter.order(lan, 5))
    await counter.placed(lan, counter.order(lan, 5))
    await counter.settled()
    before = tables.everything("backend", "order_service")
    assert (await refused(counter.place(lan, counter.order(lan, 3)), 422, "too_many_open_pieces"))["most"] == 12
    assert tables.everything("backend", "order_service") == before
    await counter.placed(minh, counter.order(minh, 3))  # another's are another's
    for step in ("PROCESSING", "SHIPPED", "DELIVERED"):
        await ok(counter.move(admin, first, step))
    await counter.placed(lan, counter.order(lan, 3))


async def test_many_at_once_are_no_more_than_one_after_the_other(counter: Counter, lan: Login, tables: Tables) -> None:
    keys = [f"key-{number}" for number in range(4)]
    answers = await asyncio.gather(*(counter.place(lan, counter.order(lan, 5), key) for key in keys))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422]
    assert {a.json()["code"] for a in answers if a.status_code == 422} == {"too_many_open_pieces"}
    await counter.settled()
    assert tables.stock(counter.cake) == 40  # what was taken for the others is back
    # The key of a refused order is as good as new.
    placed = next(answer.json() for answer in answers if answer.status_code == 201)
    await ok(counter.cancel(lan, placed))
    refused_key = keys[[answer.status_code for answer in answers].index(422)]
    await counter.placed(lan, counter.order(lan, 5), refused_key)


async def test_a_request_sent_twice_is_not_refused_for_the_order_it_placed(
    counter: Counter, lan: Login, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    await counter.placed(lan, counter.order(lan, 5))
    admit = service.requests.admit
    first = list[dict[str, Any]]()

    async def overtaken(*arguments: Any) -> Any:
        admitted = await admit(*arguments)
        monkeypatch.setattr(service.requests, "admit", admit)
        first.append(await counter.placed(lan, counter.order(lan, 5), "twice"))
        return admitted

    monkeypatch.setattr(service.requests, "admit", overtaken)
    assert await counter.placed(lan, counter.order(lan, 5), "twice") == first[0]
    await counter.settled()
    assert tables.stock(counter.cake) == 40


async def test_stock_is_not_given_back_for_an_order_that_its_twin_placed(
    counter: Counter, lan: Login, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try finds no room when it writes; until it gives up, there is room, and its repetition is placed."""
    holds = service.Orders._hold
    reading = service.repository.reading
    fillers = list[Any]()
    second = list[Any]()

    async def held_while_others_order(orders: Any, *arguments: Any) -> Any:
        hold = await holds(orders, *arguments)
        monkeypatch.setattr(service.Orders, "_hold", holds)
        fillers.extend([await counter.placed(lan, counter.order(lan, 5)) for _ in range(2)])
        monkeypatch.setattr(service.repository, "reading", reading_before_its_twin_writes)
        return hold

    async def reading_before_its_twin_writes(*arguments: Any) -> Any:
        monkeypatch.setattr(service.repository, "reading", reading)
        found = await reading(*arguments)

        async def fetchone() -> Any:
            row = await found.fetchone()
            await ok(counter.cancel(lan, fillers[0]))
            second.append(await counter.placed(lan, counter.order(lan, 5), "twice"))
            return row

        return SimpleNamespace(fetchone=fetchone)

    monkeypatch.setattr(service.Orders, "_hold", held_while_others_order)
    assert await counter.placed(lan, counter.order(lan, 5), "twice") == second[0]
    await counter.settled()
    assert tables.stock(counter.cake) == 40
    assert tables.rows("select state from backend.hold where order_id = %s", second[0]["id"]) == [("CONFIRMED",)]


async def test_orders_of_a_person_are_counted_in_an_hour(
    counter: Counter, lan: Login, minh: Login, databases: Databases, tables: Tables
) -> None:
    last = [await counter.placed(lan, key=f"key-{number}") for number in range(4)][-1]
    await counter.settled()
    before = tables.everything("backend", "order_service")
    wait = await retry_after(await counter.place(lan))
    assert 3_500 <= wait <= 3_600
    assert tables.everything("backend", "order_service") == before
    assert await counter.placed(lan, key="key-3") == last | {"canCancel": True}  # a repetition is no new order
    await counter.placed(minh)
    pass_time(databases, 3_600)
    await counter.placed(lan)


async def test_a_refused_order_does_not_count(counter: Counter, lan: Login) -> None:
    for _ in range(6):
        body = counter.order(lan, totalAmount=1)
        await refused(counter.place(lan, body), 409, "price_changed")
    await counter.placed(lan)


async def test_what_the_backend_did_not_answer_does_not_count(counter: Counter, lan: Login, tables: Tables) -> None:
    counter.shop.transports["backend"].down = True
    for _ in range(5):
        await refused(counter.place(lan), 503, "unavailable")
    assert tables.one("select count(*) from order_service.attempts") == 0
    counter.shop.transports["backend"].down = False
    await counter.placed(lan)


async def test_a_repeated_order_counts_once(counter: Counter, lan: Login) -> None:
    for _ in range(6):
        await counter.placed(lan, key="same")
    await counter.placed(lan)


async def test_orders_and_pieces_of_an_address_are_counted_whoever_orders(
    counter: Counter, lan: Login, minh: Login, guest: Login, tables: Tables
) -> None:
    for who in (lan, lan, lan, minh, minh, minh):
        assert (await place_from(counter, who, "203.0.113.7")).status_code == 201
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await retry_after(await place_from(counter, guest, "203.0.113.7"))
    assert tables.everything("backend", "order_service") == before
    for quantity in (5, 5):
        assert (await place_from(counter, guest, "203.0.113.8", quantity)).status_code == 201
    for _ in range(2):
        assert (await place_from(counter, await counter.shop.guest(), "203.0.113.8", 5)).status_code == 201
    await retry_after(await place_from(counter, await counter.shop.guest(), "203.0.113.8"))


async def test_staff_order_for_whoever_calls(counter: Counter, admin: Login) -> None:
    for _ in range(7):
        await counter.placed(admin, counter.order(admin, 5))


async def test_only_the_storefront_may_state_an_address(counter: Counter, lan: Login, tables: Tables) -> None:
    before = tables.everything("backend", "order_service")
    headers = lan.headers | {"X-Client-Address": "203.0.113.7"}
    await refused(
        counter.shop.orders.post("/api/orders", json=counter.order(lan), headers=headers), 401, "invalid_service_token"
    )
    assert tables.everything("backend", "order_service") == before


async def test_old_requests_go_in_small_steps_and_a_key_is_new_then(
    counter: Counter, lan: Login, databases: Databases, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    old = [await counter.placed(lan, key=f"old-{number}") for number in range(3)]
    pass_time(databases, 8 * 86_400)
    await counter.placed(lan, key="new")
    keeping = counter.shop.apps["order_service"].state.housekeeping

    # The windows have begun anew.
    assert await keeping.tidy() == {"order_requests": 3, "attempts": 0, "holds": 0}
    assert tables.rows("select key from order_service.order_request") == [("new",)]
    assert (await counter.placed(lan, key="old-0"))["id"] != old[0]["id"]
    pass_time(databases, 86_400)
    assert await keeping.tidy() == {"order_requests": 0, "attempts": 3, "holds": 0}
    assert await keeping.tidy() == {"order_requests": 0, "attempts": 0, "holds": 0}

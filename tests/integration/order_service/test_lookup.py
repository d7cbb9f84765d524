"""Finding an order again by its number and phone, and what a stranger learns by trying: nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from order_service.orders import lookup as module
from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.integration.order_service.test_limits import pass_time, retry_after, stated
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.calls import ok, refused
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

PHONE = "+84 901-234-567"


@pytest.fixture(scope="module")
async def running(databases: Databases, clock: FixedClock) -> AsyncIterator[RunningShop]:
    """The services with small limits."""
    settings = {
        "order_service": {"lookups_per_address": 4, "lookups_per_number_at_address": 2, "lookups_per_number": 6}
    }
    async with running_shop(databases, clock=clock, settings=settings) as services:
        yield services


async def look_up(counter: Counter, number: str, phone: str, address: str = "203.0.113.1") -> httpx.Response:
    headers = await stated(counter.shop, address)
    return await counter.shop.orders.post(
        "/api/orders/lookup", json={"number": number, "phone": phone}, headers=headers
    )


@pytest.mark.parametrize("number", ["SD-1001", "sd 1001", "#1001", " 1001 "])
@pytest.mark.parametrize("phone", ["0901234567", "+84901234567", "0084 901 234 567", "84901234567"])
async def test_number_and_phone_lead_to_the_tracking_link(
    counter: Counter, guest: Login, number: str, phone: str
) -> None:
    order = await counter.placed(guest, counter.order(guest, contactPhone=PHONE))
    assert order["number"] == "SD-1001"
    link = await ok(look_up(counter, number, phone))
    assert link == {"number": "SD-1001", "trackingToken": order["trackingToken"]}
    assert (await ok(counter.shop.orders.get(f"/api/orders/track/{link['trackingToken']}")))["id"] == order["id"]


async def test_what_is_wrong_is_not_told(
    counter: Counter, guest: Login, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    await counter.placed(guest, counter.order(guest, contactPhone=PHONE))
    await counter.placed(guest)  # without a phone
    await counter.settled()
    compared = list[bytes]()
    compare = module.hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return compare(one, other)

    monkeypatch.setattr(module.hmac, "compare_digest", counted)
    before = {name: rows for name, rows in tables.everything().items() if name != "order_service.attempts"}
    answers: list[Any] = []
    for number, (said, phone) in enumerate(
        [("SD-1001", "0901234568"), ("SD-9999", "0901234567"), ("SD-1002", "0901234567"), ("nonsense", "0901234567")]
    ):
        problem = await refused(look_up(counter, said, phone, f"203.0.113.{number}"), 404, "not_found")
        problem.pop("requestId")
        answers.append(problem)
    assert answers == [answers[0]] * 4
    phones = [b"0901234568", b"0901234567", b"0901234567", b"0901234567"]
    assert [one for one in compared if one in phones] == phones  # the same work each time
    assert {n: rows for n, rows in tables.everything().items() if n != "order_service.attempts"} == before


async def test_an_order_without_a_phone_is_nobodys(counter: Counter, guest: Login) -> None:
    await counter.placed(guest)
    for phone in ("", " "):
        await refused(look_up(counter, "SD-1001", phone), 422, "validation_error")


async def test_guesses_are_limited_by_address(counter: Counter, guest: Login, databases: Databases) -> None:
    await counter.placed(guest, counter.order(guest, contactPhone=PHONE))
    for number in range(4):
        await refused(look_up(counter, f"SD-{2000 + number}", PHONE), 404, "not_found")
    assert 800 <= await retry_after(await look_up(counter, "SD-1001", PHONE)) <= 900
    await ok(look_up(counter, "SD-1001", PHONE, "203.0.113.2"))
    pass_time(databases, 900)
    await ok(look_up(counter, "SD-1001", PHONE))


@pytest.mark.parametrize("number", ["SD-1001", "SD-4711"])
async def test_guesses_are_limited_by_number_whether_there_is_such_an_order_or_not(
    counter: Counter, guest: Login, number: str
) -> None:
    await counter.placed(guest, counter.order(guest, contactPhone=PHONE))
    guesses = (look_up(counter, number, f"090000000{n}", f"203.0.113.{n}") for n in range(9))
    answers = await asyncio.gather(*guesses)
    assert sorted(answer.status_code for answer in answers) == [404] * 6 + [429] * 3
    waits = [await retry_after(answer) for answer in answers if answer.status_code == 429]
    assert all(3_500 <= wait <= 3_600 for wait in waits)


async def test_nobody_closes_an_order_to_its_owner_from_one_address(
    counter: Counter, guest: Login, databases: Databases
) -> None:
    await counter.placed(guest, counter.order(guest, contactPhone=PHONE))
    for _ in range(2):
        await refused(look_up(counter, "SD-1001", "0900000000"), 404, "not_found")
    assert 800 <= await retry_after(await look_up(counter, "SD-1001", "0900000000")) <= 900
    await refused(look_up(counter, "SD-1002", "0900000000"), 404, "not_found")  # others are not closed with it
    await ok(look_up(counter, "SD-1001", PHONE, "203.0.113.2"))
    pass_time(databases, 900)
    await ok(look_up(counter, "SD-1001", PHONE))


async def test_who_finds_their_order_may_look_as_often_as_they_like(counter: Counter, guest: Login) -> None:
    await counter.placed(guest, counter.order(guest, contactPhone=PHONE))
    for _ in range(8):
        await ok(look_up(counter, "1001", PHONE))


@pytest.mark.parametrize(
    "body",
    [{}, {"number": "1001"}, {"number": "", "phone": PHONE}, {"number": "x" * 31, "phone": PHONE},
     {"number": "1001", "phone": "abc"}, {"number": 1001, "phone": PHONE}, {"number": "1", "phone": PHONE, "id": 1}],
)  # fmt: skip
async def test_bad_look_ups_are_refused(counter: Counter, tables: Tables, body: Any) -> None:
    before = tables.everything()
    await refused(counter.shop.orders.post("/api/orders/lookup", json=body), 422, "validation_error")
    assert tables.everything() == before

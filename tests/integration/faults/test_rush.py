"""More shoppers than cakes, at once."""

import asyncio
from collections import Counter

import pytest

from tests.integration.faults.conftest import Shop

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first]


async def test_two_hundred_shoppers_for_fifty_cakes(shop: Shop) -> None:
    shoppers = [who for _ in range(10) for who in await asyncio.gather(*(shop.guest() for _ in range(20)))]

    answers = await asyncio.gather(*(shop.order(who, key="mine") for who in shoppers))

    assert Counter(answer.status_code for answer in answers) == {201: 50, 409: 150}
    short = {"productId": shop.cake, "size": "M", "requested": 1, "available": 0, "name": "cake", "nameEn": ""}
    for answer in answers:
        if answer.status_code == 409:
            problem = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert (problem["code"], problem["lines"]) == ("insufficient_stock", [short])
    bought = {answer.json()["userId"] for answer in answers if answer.status_code == 201}
    assert len(bought) == 50
    assert shop.tables.stock(shop.cake) == 0
    assert shop.tables.one("select count(*) from order_service.orders") == 50
    assert shop.tables.one("select count(distinct number) from order_service.orders") == 50
    await shop.settled()
    assert shop.tables.rows("select state, count(*) from backend.hold group by 1") == [("CONFIRMED", 50)]
    assert len({event["eventId"] for event in shop.completed()}) == 50


async def test_one_shopper_clicking_twenty_times(shop: Shop) -> None:
    guest = await shop.guest()
    answers = await asyncio.gather(*(shop.order(guest, key="double-click") for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 20}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert shop.tables.one("select count(*) from order_service.orders") == 1
    assert shop.tables.stock(shop.cake) == 49

"""What an order takes out of its buyer's cart: what it was made of, and nothing that came later."""

from typing import Any

import pytest

from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("first", ["the line is new", "there was one"])
async def test_an_order_that_names_no_cart_touches_none(
    counter: Counter, lan: Login, tables: Tables, paused: Any, first: str
) -> None:
    """Ordered by the API; what is added at once, or was there before, stays."""
    if first == "there was one":
        await counter.into_cart(lan, 2)
    await counter.placed(lan, counter.order(lan, 3))
    await counter.into_cart(lan, 1)
    await paused()
    assert tables.one("select quantity from backend.cart_line") == (3 if first == "there was one" else 1)


async def test_what_is_added_before_the_cart_is_emptied_stays(
    counter: Counter, lan: Login, tables: Tables, paused: Any
) -> None:
    state = await counter.into_cart(lan, 3)
    await counter.placed(lan, counter.order(lan, 3, cartState=state))
    await counter.into_cart(lan, 2)
    body = {"productId": counter.other, "size": "S", "quantity": 1}
    await ok(counter.shop.backend.post("/api/cart", json=body, headers=lan.headers), 201)
    await paused()
    lines = "select product_id, quantity from backend.cart_line order by id"
    assert tables.rows(lines) == [(counter.cake, 2), (counter.other, 1)]


async def test_one_key_is_one_order_whichever_cart_it_names(counter: Counter, lan: Login, tables: Tables) -> None:
    state = await counter.into_cart(lan, 3)
    first = await counter.placed(lan, counter.order(lan, 3, cartState=state), key="k")
    await counter.settled()
    for more in ({}, {"cartState": "1:1"}):
        assert (await counter.placed(lan, counter.order(lan, 3, **more), key="k"))["id"] == first["id"]
    assert tables.one("select count(*) from order_service.orders") == 1


@pytest.mark.parametrize("state", ["", "x", 7, "1:1,"])
async def test_an_order_of_a_cart_that_cannot_be_is_refused(
    counter: Counter, lan: Login, tables: Tables, state: Any
) -> None:
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await refused(counter.place(lan, counter.order(lan, 3, cartState=state)), 422, "validation_error")
    assert tables.everything("backend", "order_service") == before

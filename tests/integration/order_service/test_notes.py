"""Staff's notes of an order: written and read by staff, never seen by its buyer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


async def noted(counter: Counter, who: Login, order: Any, text: str) -> Any:
    path = f"/api/orders/{order['id']}/notes"
    return await ok(counter.shop.orders.post(path, json={"text": text}, headers=who.headers), 201)


async def notes(counter: Counter, who: Login, order: Any) -> Any:
    return await ok(counter.shop.orders.get(f"/api/orders/{order['id']}/notes", headers=who.headers))


async def test_notes_are_kept_in_order(counter: Counter, lan: Login, admin: Login, clock: FixedClock) -> None:
    order, other = await counter.placed(lan), await counter.placed(lan)
    assert await notes(counter, admin, order) == []
    first = await noted(counter, admin, order, "  Gọi trước 10 phút\nCổng sau ")
    clock.advance(timedelta(minutes=1))
    second = await noted(counter, admin, order, "Rang")

    assert (first["text"], first["actorId"]) == ("Gọi trước 10 phút\nCổng sau", admin.id)
    assert first.keys() == {"id", "at", "actorId", "text"}
    assert second["at"] > first["at"]
    assert await notes(counter, admin, order) == [first, second]
    assert await notes(counter, admin, other) == []


async def test_the_buyer_sees_no_note(counter: Counter, lan: Login, admin: Login, tables: Tables) -> None:
    order = await counter.placed(lan)
    await counter.settled()
    await noted(counter, admin, order, "Khó tính")
    await counter.settled()
    before = tables.everything("order_service")

    path = f"/api/orders/{order['id']}/notes"
    await refused(counter.shop.orders.get(path), 401, "unauthenticated")
    await refused(counter.shop.orders.get(path, headers=lan.headers), 403, "forbidden")
    await refused(counter.shop.orders.post(path, json={"text": "x"}, headers=lan.headers), 403, "forbidden")
    seen = [
        await counter.shop.orders.get(f"/api/orders/{order['id']}", headers=lan.headers),
        await counter.shop.orders.get(f"/api/orders/user/{lan.id}", headers=lan.headers),
        await counter.shop.orders.get(f"/api/orders/track/{order['trackingToken']}"),
    ]
    assert [answer.status_code for answer in seen] == [200, 200, 200]
    assert not any("Khó tính" in answer.text for answer in seen)
    assert await counter.read(lan, order) == order
    assert tables.everything("order_service") == before


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": " \n"}, {"text": "x" * 1001}, {"text": "a\x00"}])
async def test_a_note_says_something(counter: Counter, lan: Login, admin: Login, tables: Tables, body: Any) -> None:
    order = await counter.placed(lan)
    await counter.settled()
    before = tables.everything("order_service")
    path = f"/api/orders/{order['id']}/notes"
    await refused(counter.shop.orders.post(path, json=body, headers=admin.headers), 422, "validation_error")
    assert tables.everything("order_service") == before


async def test_no_order_no_note(counter: Counter, admin: Login, tables: Tables) -> None:
    before = tables.everything("order_service")
    path = f"/api/orders/{uuid4()}/notes"
    await refused(counter.shop.orders.get(path, headers=admin.headers), 404, "not_found")
    await refused(counter.shop.orders.post(path, json={"text": "x"}, headers=admin.headers), 404, "not_found")
    assert tables.everything("order_service") == before

"""What the other services do to carts: merging a guest's, taking out what was bought."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from backend.cart import service as cart_service
from tests.support.apps import Login, RunningShop
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

GUEST, ACCOUNT = 1001, 1002
MERGE = {"fromUserId": GUEST, "toUserId": ACCOUNT}


@pytest.fixture(scope="module")
async def user_service(running: RunningShop) -> dict[str, str]:
    return await running.service_headers("user_service")


def fill(tables: Tables, user_id: int, *lines: tuple[int, str, int]) -> None:
    for product_id, size, quantity in lines:
        tables.run(
            "insert into backend.cart_line (user_id, product_id, size, quantity, price_when_added) "
            "values (%s, %s, %s, %s, 1)",
            *(user_id, product_id, size, quantity),
        )


def cart(tables: Tables, user_id: int) -> list[tuple[int, str, int]]:
    return tables.rows(
        "select product_id, size, quantity from backend.cart_line where user_id = %s order by 1, 2", user_id
    )


async def test_a_merge_sums_caps_and_empties(shop: RunningShop, tables: Tables, user_service: dict[str, str]) -> None:
    cake = tables.product("cake", sizes={"S": (1, 200), "M": (1, 4), "L": (1, 0)})
    other, gone = tables.product("other"), tables.product("gone", archived=True)
    fill(tables, ACCOUNT, (cake, "S", 2), (cake, "M", 3), (other, "M", 1))
    fill(tables, GUEST, (cake, "S", 98), (cake, "M", 3), (cake, "L", 1), (gone, "M", 1))
    merged = [(cake, "M", 4), (cake, "S", 99), (other, "M", 1)]

    answer = await ok(shop.backend.post("/internal/carts/merge", json=MERGE, headers=user_service))

    assert sorted((item["productId"], item["size"], item["quantity"]) for item in answer["items"]) == merged
    assert (answer["userId"], cart(tables, ACCOUNT), cart(tables, GUEST)) == (ACCOUNT, merged, [])
    await ok(shop.backend.post("/internal/carts/merge", json=MERGE, headers=user_service))
    assert (cart(tables, ACCOUNT), cart(tables, GUEST)) == (merged, [])
    assert (tables.stock(cake, "S"), tables.stock(cake, "M")) == (200, 4)


async def test_a_cart_merged_with_itself_stays(shop: RunningShop, tables: Tables, user_service: dict[str, str]) -> None:
    cake = tables.product("cake")
    fill(tables, ACCOUNT, (cake, "M", 2))
    body = {"fromUserId": ACCOUNT, "toUserId": ACCOUNT}
    await ok(shop.backend.post("/internal/carts/merge", json=body, headers=user_service))
    assert cart(tables, ACCOUNT) == [(cake, "M", 2)]


async def test_merges_in_both_directions_at_once_lose_nothing(
    shop: RunningShop, tables: Tables, user_service: dict[str, str]
) -> None:
    cake, other = tables.product("cake", sizes={"M": (1, 99)}), tables.product("other", sizes={"M": (1, 99)})
    fill(tables, GUEST, (cake, "M", 3))
    fill(tables, ACCOUNT, (cake, "M", 4), (other, "M", 1))
    back = {"fromUserId": ACCOUNT, "toUserId": GUEST}
    answers = await asyncio.gather(
        *(shop.backend.post("/internal/carts/merge", json=body, headers=user_service) for body in [MERGE, back] * 10)
    )
    assert {answer.status_code for answer in answers} == {200}
    whole = [(cake, "M", 7), (other, "M", 1)]
    assert sorted([cart(tables, GUEST), cart(tables, ACCOUNT)]) == [[], whole]


async def test_what_was_bought_is_taken_out_once(
    shop: RunningShop, tables: Tables, order_service: dict[str, str]
) -> None:
    cake, other = tables.product("cake", sizes={"S": (1, 1), "M": (1, 1)}), tables.product("other")
    fill(tables, ACCOUNT, (cake, "S", 5), (cake, "M", 2), (other, "M", 1))
    fill(tables, GUEST, (cake, "S", 5))
    items = [
        {"productId": cake, "size": "S", "quantity": 3},
        {"productId": cake, "size": "M", "quantity": 2},
        {"productId": cake, "size": "XL", "quantity": 1},
    ]
    bought = {"orderId": str(uuid4()), "userId": ACCOUNT, "items": items}

    for _ in range(3):
        await ok(shop.backend.post("/internal/carts/bought", json=bought, headers=order_service), 204)

    assert cart(tables, ACCOUNT) == [(cake, "S", 2), (other, "M", 1)]
    assert cart(tables, GUEST) == [(cake, "S", 5)]
    await ok(
        shop.backend.post("/internal/carts/bought", json={**bought, "orderId": str(uuid4())}, headers=order_service),
        204,
    )
    assert cart(tables, ACCOUNT) == [(other, "M", 1)]


async def test_the_carts_of_people_who_are_gone_are_emptied_and_no_others(
    shop: RunningShop, tables: Tables, user_service: dict[str, str]
) -> None:
    cake = tables.product("cake")
    fill(tables, GUEST, (cake, "M", 1), (cake, "S", 2))
    fill(tables, GUEST + 10, (cake, "M", 1))
    fill(tables, ACCOUNT, (cake, "M", 3))
    for _ in range(2):
        body = {"userIds": [GUEST, GUEST + 10, GUEST + 20]}
        await ok(shop.backend.post("/internal/carts/forget", json=body, headers=user_service), 204)
        assert tables.rows("select user_id, quantity from backend.cart_line") == [(ACCOUNT, 3)]
    before = tables.everything("backend")
    for ids in ([], [0], ["1"], list(range(1, 1_002))):
        await refused(
            shop.backend.post("/internal/carts/forget", json={"userIds": ids}, headers=user_service),
            *(422, "validation_error"),
        )
    assert tables.everything("backend") == before


async def test_a_repeated_removal_at_once_takes_once(
    shop: RunningShop, tables: Tables, order_service: dict[str, str]
) -> None:
    cake = tables.product("cake")
    fill(tables, ACCOUNT, (cake, "M", 9))
    items = [{"productId": cake, "size": "M", "quantity": 1}]
    bought = {"orderId": str(uuid4()), "userId": ACCOUNT, "items": items}
    answers = await asyncio.gather(
        *(shop.backend.post("/internal/carts/bought", json=bought, headers=order_service) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {204}
    assert cart(tables, ACCOUNT) == [(cake, "M", 8)]


async def test_hundreds_of_one_size_can_be_taken_out(
    shop: RunningShop, tables: Tables, order_service: dict[str, str]
) -> None:
    cake = tables.product("cake")
    fill(tables, ACCOUNT, (cake, "M", 99))
    items = [
        {"productId": cake, "size": "M", "quantity": 9_900},
        {"productId": 2**53 - 1, "size": "M", "quantity": 1},  # which no cart can hold
    ]
    bought = {"orderId": str(uuid4()), "userId": ACCOUNT, "items": items}
    await ok(shop.backend.post("/internal/carts/bought", json=bought, headers=order_service), 204)
    assert cart(tables, ACCOUNT) == []


@pytest.mark.parametrize(
    "change",
    [{"orderId": "1"}, {"userId": 0}, {"items": []}, {"items": [{"productId": 1, "size": "M", "quantity": 9_901}]}],
)
async def test_a_bad_removal_changes_nothing(
    shop: RunningShop, tables: Tables, order_service: dict[str, str], change: dict[str, Any]
) -> None:
    cake = tables.product("cake")
    fill(tables, ACCOUNT, (cake, "M", 9))
    before = tables.everything("backend")
    items = [{"productId": cake, "size": "M", "quantity": 1}]
    bought = {"orderId": str(uuid4()), "userId": ACCOUNT, "items": items, **change}
    await refused(
        shop.backend.post("/internal/carts/bought", json=bought, headers=order_service), 422, "validation_error"
    )
    assert tables.everything("backend") == before


async def state_of(shop: RunningShop, user_id: int) -> str:
    """Return the state of a cart, as its owner is told it."""
    database = shop.apps["backend"].state.service.database
    return (await cart_service.read(database, user_id)).state


def purchase(user_id: int, state: str, *items: tuple[int, int]) -> dict[str, Any]:
    lines = [{"productId": product_id, "size": "M", "quantity": quantity} for product_id, quantity in items]
    return {"orderId": str(uuid4()), "userId": user_id, "cartState": state, "items": lines}


async def test_what_many_orders_bought_is_taken_out_once_each(
    shop: RunningShop, tables: Tables, order_service: dict[str, str]
) -> None:
    cake, other = tables.product("cake"), tables.product("other")
    fill(tables, ACCOUNT, (cake, "M", 9), (other, "M", 2))
    fill(tables, GUEST, (cake, "M", 2))
    state = await state_of(shop, ACCOUNT)
    known = purchase(ACCOUNT, state, (cake, 1))
    alone = {name: value for name, value in known.items() if name != "cartState"}
    await ok(shop.backend.post("/internal/carts/bought", json=alone, headers=order_service), 204)
    purchases = [
        known,
        *(purchase(ACCOUNT, state, (cake, n)) for n in (2, 3)),
        purchase(ACCOUNT, state, (other, 2)),
        purchase(GUEST, await state_of(shop, GUEST), (cake, 1)),
        purchase(GUEST, state, (cake, 1)),  # the state of somebody else's cart
    ]
    for _ in range(2):
        body = {"purchases": purchases}
        await ok(shop.backend.post("/internal/carts/bought-by-many", json=body, headers=order_service), 204)
        assert cart(tables, ACCOUNT) == [(cake, "M", 3)]
        assert cart(tables, GUEST) == [(cake, "M", 1)]


@pytest.fixture
async def lan(running: RunningShop) -> Login:
    return await running.guest()


class Shopper:
    """Somebody at their cart."""

    def __init__(self, shop: RunningShop, who: Login) -> None:
        self._shop, self._who = shop, who
        self.state = ""

    async def add(self, product_id: int, quantity: int) -> None:
        body = {"productId": product_id, "size": "M", "quantity": quantity}
        self._see(await ok(self._shop.backend.post("/api/cart", json=body, headers=self._who.headers), 201))

    async def change(self, product_id: int, quantity: int) -> None:
        path = f"/api/cart/{self._lines[product_id]}"
        self._see(await ok(self._shop.backend.patch(path, json={"quantity": quantity}, headers=self._who.headers)))

    async def remove(self, product_id: int) -> None:
        path = f"/api/cart/{self._lines[product_id]}"
        self._see(await ok(self._shop.backend.delete(path, headers=self._who.headers)))

    def _see(self, cart: Any) -> None:
        self._lines = {item["productId"]: item["id"] for item in cart["items"]}
        self.state = cart["state"]


@pytest.mark.parametrize(
    ("after", "left"),
    [
        ([], None),
        ([("add", 2)], 2),
        ([("change", 1)], None),
        ([("change", 7)], 2),
        ([("change", 1), ("add", 2)], 2),
        ([("change", 2), ("change", 4), ("change", 3)], 2),
        ([("remove",), ("add", 3)], 3),
    ],
    ids=["nothing", "more", "fewer", "set to more", "fewer, then more", "to and fro", "removed and put back"],
)
async def test_what_was_added_after_an_order_stays(
    shop: RunningShop,
    tables: Tables,
    order_service: dict[str, str],
    lan: Login,
    after: list[tuple[Any, ...]],
    left: int | None,
) -> None:
    cake, other = tables.product("cake", sizes={"M": (1, 99)}), tables.product("other")
    shopper = Shopper(shop, lan)
    await shopper.add(cake, 3)
    await shopper.add(cake, 2)
    body = {"purchases": [purchase(lan.id, shopper.state, (cake, 5))]}
    for name, *values in after:
        await getattr(shopper, name)(cake, *values)
    await shopper.add(other, 1)

    for _ in range(2):
        await ok(shop.backend.post("/internal/carts/bought-by-many", json=body, headers=order_service), 204)
        assert cart(tables, lan.id) == [*([(cake, "M", left)] if left else []), (other, "M", 1)]


@pytest.mark.parametrize("calls", [(0, 1, 2), (2, 1, 0), (1, 2, 0), ((0, 1, 2),), ((2, 0), 1)], ids=str)
async def test_what_was_added_between_orders_goes_with_the_later_ones(
    shop: RunningShop, tables: Tables, order_service: dict[str, str], lan: Login, calls: tuple[Any, ...]
) -> None:
    """In whichever order, and however many at once, they are taken out."""
    cake = tables.product("cake", sizes={"M": (1, 99)})
    shopper = Shopper(shop, lan)
    purchases = []
    for added, bought in ((2, 2), (3, 1), (3, 4)):
        await shopper.add(cake, added)
        purchases.append(purchase(lan.id, shopper.state, (cake, bought)))
    await shopper.add(cake, 4)
    for call in calls:
        body = {"purchases": [purchases[n] for n in (call if isinstance(call, tuple) else (call,))]}
        await ok(shop.backend.post("/internal/carts/bought-by-many", json=body, headers=order_service), 204)
    assert cart(tables, lan.id) == [(cake, "M", 5)]


@pytest.mark.parametrize("state", ["", "1", "1:", "1:x", "1:1,", "-1:1", f"{10**18}:1", ",".join(["1:1"] * 501)])
async def test_a_bad_cart_state_changes_nothing(
    shop: RunningShop, tables: Tables, order_service: dict[str, str], state: str
) -> None:
    cake = tables.product("cake")
    fill(tables, ACCOUNT, (cake, "M", 9))
    before = tables.everything("backend")
    body = {"purchases": [purchase(ACCOUNT, state, (cake, 1))]}
    await refused(
        shop.backend.post("/internal/carts/bought-by-many", json=body, headers=order_service), 422, "validation_error"
    )
    assert tables.everything("backend") == before

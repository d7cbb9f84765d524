"""What may happen to a cart. A cart reserves nothing: stock is taken when the order is placed."""

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from backend.cart import repository
from backend.cart.models import MAX_LINES, MAX_QUANTITY
from shopkit.contracts.cart import Cart, CartAdd, CartItem, CartMerge, CartPurchases, CartRemoval, CartsForgotten
from shopkit.db import Database
from shopkit.errors import Conflict, NotFound

INT4_MAX = 2**31 - 1
Connection = AsyncConnection[TupleRow]


async def read(database: Database, user_id: int) -> Cart:
    """Return a person's cart with today's prices and stock; an empty one if they have none."""
    async with database.pool.connection() as connection:
        return await _read(connection, user_id)


async def add(database: Database, user_id: int, wanted: CartAdd) -> tuple[Cart, int]:
    """Put more of a size into the cart; return the cart and the price of a piece.

    Raises:
        NotFound: no such product or size is on sale.
        Conflict: `insufficient_stock` when the shop has fewer than the cart would hold; `cart_full` beyond its bounds.
    """
    async with database.pool.connection() as connection, connection.transaction():
        await connection.execute(repository.LOCK_CART, (user_id,))
        price, stock = await _on_sale(connection, wanted.product_id, wanted.size)
        place = {"user_id": user_id, "product_id": wanted.product_id, "size": wanted.size}
        row = await (await connection.execute(repository.IN_CART, place)).fetchone()
        already, lines = row or (0, 0)
        quantity = already + wanted.quantity
        if quantity > stock:
            raise _short(wanted.product_id, wanted.size, quantity, stock, in_cart=already)
        if quantity > MAX_QUANTITY or (not already and lines >= MAX_LINES):
            raise Conflict(
                f"A cart holds {MAX_LINES} lines of {MAX_QUANTITY} pieces at most. Please call us for more.",
                code="cart_full",
            )
        await connection.execute(repository.PUT, {**place, "quantity": quantity, "price": price})
        return await _read(connection, user_id), price


async def change(database: Database, user_id: int, line_id: int, quantity: int) -> tuple[Cart, int]:
    """Set a line's quantity; return the cart and the quantity before. The person has now seen its present price.

    Raises:
        NotFound: the cart has no such line, or its product is no longer sold.
        Conflict: the shop has fewer.
    """
    async with database.pool.connection() as connection, connection.transaction():
        await connection.execute(repository.LOCK_CART, (user_id,))
        line = {"id": line_id, "user_id": user_id}
        row = await (await connection.execute(repository.LINE, line)).fetchone()
        if row is None:
            raise NotFound("The cart has no such line.")
        product_id, size, before = row
        price, stock = await _on_sale(connection, product_id, size)
        if quantity > stock:
            raise _short(product_id, size, quantity, stock)
        await connection.execute(repository.CHANGE, {**line, "quantity": quantity, "price": price})
        return await _read(connection, user_id), before


async def remove(database: Database, user_id: int, line_id: int) -> tuple[Cart, dict[str, object]]:
    """Take a line out of the cart; return the cart and the line.

    Raises:
        NotFound: the cart has no such line.
    """
    async with database.pool.connection() as connection, connection.transaction():
        removed = await connection.execute(repository.REMOVE, {"id": line_id, "user_id": user_id})
        row = await removed.fetchone()
        if row is None:
            raise NotFound("The cart has no such line.")
        line = dict(zip(("product_id", "size", "quantity", "price"), row, strict=True))
        return await _read(connection, user_id), line


async def merge(database: Database, wanted: CartMerge) -> Cart:
    """Move a guest's cart into an account's: summed, capped at stock. The guest's is empty then, so twice is once."""
    if wanted.from_user_id == wanted.to_user_id:
        return await read(database, wanted.to_user_id)
    async with database.pool.connection() as connection, connection.transaction():
        for user_id in sorted((wanted.from_user_id, wanted.to_user_id)):
            await connection.execute(repository.LOCK_CART, (user_id,))
        people = {"from": wanted.from_user_id, "to": wanted.to_user_id, "max": MAX_QUANTITY}
        await connection.execute(repository.MERGE, people)
        await connection.execute(repository.EMPTY, (wanted.from_user_id,))
        return await _read(connection, wanted.to_user_id)


async def forget(database: Database, forgotten: CartsForgotten) -> None:
    """Empty the carts of people who are gone; twice is once."""
    async with database.pool.connection() as connection:
        await connection.execute(repository.EMPTY_ALL, (forgotten.user_ids,))


async def take_out(database: Database, bought: CartRemoval) -> None:
    """Take what an order bought out of its buyer's cart, once per order; what was added since stays."""
    async with database.pool.connection() as connection, connection.transaction():
        await connection.execute(repository.LOCK_CART, (bought.user_id,))
        if await (await connection.execute(repository.MARK_REMOVED, (bought.order_id,))).fetchone() is None:
            return
        lines = {
            "user_id": bought.user_id,
            "products": [item.product_id for item in bought.items],
            "sizes": [item.size for item in bought.items],
            "quantities": [item.quantity for item in bought.items],
        }
        await connection.execute(repository.TAKE_OUT_WHOLE, lines)
        await connection.execute(repository.TAKE_OUT, lines)


async def take_out_bought(database: Database, bought: CartPurchases) -> None:
    """Take what many orders bought out of the carts they came from, once per order; what was added since stays."""
    lines = [
        (purchase.order_id, purchase.user_id, item.product_id, item.size, item.quantity)
        for purchase in bought.purchases
        for item in purchase.items
    ]
    states = [
        (purchase.order_id, *map(int, line.split(":")))
        for purchase in bought.purchases
        for line in purchase.cart_state.split(",")
    ]
    names = ("orders", "users", "products", "sizes", "quantities")
    values = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
    state_names = ("state_orders", "state_lines", "state_added")
    values |= dict(zip(state_names, map(list, zip(*states, strict=True)), strict=True))
    async with database.pool.connection() as connection, connection.transaction():
        await connection.execute(repository.LOCK_CARTS, values)
        await connection.execute(repository.TAKE_OUT_BOUGHT, values)


async def _read(connection: Connection, user_id: int) -> Cart:
    row = await (await connection.execute(repository.READ, (user_id,))).fetchone()
    assert row is not None  # an aggregate without GROUP BY has one row
    items, count, total, state = row
    return Cart(
        user_id=user_id,
        items=[CartItem.model_validate(item) for item in items],
        item_count=int(count),
        total_amount=int(total),
        state=state,
    )


async def _on_sale(connection: Connection, product_id: int, size: str) -> tuple[int, int]:
    row = None
    if product_id <= INT4_MAX:
        row = await (await connection.execute(repository.ON_SALE, (product_id, size))).fetchone()
    if row is None:
        raise NotFound("This is not for sale.", code="not_on_sale")
    return row[0], row[1]


def _short(product_id: int, size: str, requested: int, available: int, *, in_cart: int = 0) -> Conflict:
    return Conflict(
        f"Only {available} are left.",
        code="insufficient_stock",
        inCart=in_cart,
        lines=[{"productId": product_id, "size": size, "requested": requested, "available": available}],
    )

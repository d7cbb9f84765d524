"""What must be so in the whole database once a shop has come to rest, whatever was done to it before."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.support.tables import Tables

GRACE_S = 10
"""How long after its limit a hold may still wait for the sweeper."""

Stocks = dict[tuple[int, str], int]

WRONG_STOCK = """
select s.product_id, s.code, s.stock, coalesce(taken.pieces, 0)::int
from backend.size s left join (
    select l.product_id, l.size, sum(l.quantity) as pieces
    from backend.hold_line l join backend.hold h using (order_id)
    where h.state in ('CONFIRMED', 'HELD', 'WRITTEN_OFF') group by 1, 2
) taken on taken.product_id = s.product_id and taken.size = s.code
"""
STATEMENTS = {
    "stock below zero": "select product_id, code, stock from backend.size where stock < 0",
    "an order whose hold is not as its status wants it": """
        select o.id, o.status, h.state from order_service.orders o left join backend.hold h on h.order_id = o.id
        where h.state is distinct from case when o.status <> 'CANCELLED' then 'CONFIRMED'
            when o.returned_stock = 'WRITTEN_OFF' then 'WRITTEN_OFF' else 'RELEASED' end""",
    "a sold hold without its order": """
        select h.order_id from backend.hold h where h.state in ('CONFIRMED', 'WRITTEN_OFF')
        and not exists (select from order_service.orders o where o.id = h.order_id)""",
    "an order that sells other lines than were held": """
        select order_id, product_id, size, sum(quantity) from (
            select order_id, product_id, size, quantity from order_service.order_line
            union all
            select l.order_id, l.product_id, l.size, -l.quantity
            from backend.hold_line l join order_service.orders o on o.id = l.order_id
        ) both_sides group by 1, 2, 3 having sum(quantity) <> 0""",
    "an order without lines": """
        select id from order_service.orders o
        where not exists (select from order_service.order_line l where l.order_id = o.id)""",
    "a key with two orders, or an order with two keys": """
        select order_id from order_service.order_request group by 1 having count(*) > 1
        union all
        select order_id from order_service.order_request r
        where not exists (select from order_service.orders o where o.id = r.order_id)""",
    "a timeline that does not lead to the order's status": """
        select o.id, o.status from order_service.orders o where o.status is distinct from (
            select to_status from order_service.timeline t where t.order_id = o.id order by t.id desc limit 1)
        or 1 <> (select count(*) from order_service.timeline t where t.order_id = o.id and t.from_status is null)""",
    "a stock that moved without a line in its history": """
        select product_id, size, id from (
            select *, lag(stock) over (partition by product_id, size order by id) as before from backend.stock_move
        ) moves where stock <> before + delta
        union all
        select s.product_id, s.code, null from backend.size s where s.stock is distinct from coalesce((
            select stock from backend.stock_move m
            where m.product_id = s.product_id and m.size = s.code order by id desc limit 1), s.stock)""",
    "a hold that waits for longer than its limit": f"""
        select order_id, expires_at from backend.hold
        where state = 'HELD' and expires_at < now() - interval '{GRACE_S} seconds'""",
    "work that is still to be done for orders": "select key, topic, attempts, last_error from order_service.outbox",
    "work that is still to be done for people": "select key, topic, attempts, last_error from user_service.outbox",
}


def stocks(tables: Tables) -> Stocks:
    """Return how many pieces of each size are left, by product and size."""
    found = tables.rows("select product_id, code, stock from backend.size")
    return {(product, size): stock for product, size, stock in found}


def broken(tables: Tables, start: Stocks, completed: Iterable[dict[str, Any]]) -> list[str]:
    """Return what is not as it must be, nothing if all is.

    `start` is what `stocks` told before the first order; nobody else may have changed stock since. `completed` are the
    events of completed orders; one may be written twice, under the same id.
    """
    found = [f"{what}: {row}" for what, query in STATEMENTS.items() for row in tables.rows(query)]
    for product, size, stock, taken in tables.rows(WRONG_STOCK):
        if stock != start[product, size] - taken:
            found.append(f"stock: {product} {size} was {start[product, size]}, {taken} are taken, {stock} are left")
    ordered = {str(order) for (order,) in tables.rows("select id from order_service.orders")}
    told = {event["eventId"]: str(event["payload"]["orderId"]) for event in completed}
    counts = Counter(told.values())
    found += [f"{counts[order]} events of order {order}" for order in ordered if counts[order] != 1]
    found += [f"an event of an order that is none: {order}" for order in counts.keys() - ordered]
    return found

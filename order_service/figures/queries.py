"""Statements that sum orders up. What was cancelled does not count."""

from shopkit.clock import SHOP_ZONE

SHOP_TIME = f"o.created_at at time zone '{SHOP_ZONE.key}'"

# `compared` are the orders of the two days that stand beside each other; the others only make up the row of days.
HOURS = f"""
select ({SHOP_TIME})::date, extract(hour from {SHOP_TIME})::int,
    (o.created_at >= %(begin)s or (o.created_at >= %(week_begin)s and o.created_at < %(week_until)s)) as compared,
    count(*)::int, sum(o.total_amount + o.delivery_fee)::bigint
from orders o
where o.created_at >= %(first)s and o.created_at < %(until)s and o.status <> 'CANCELLED'
group by 1, 2, 3 order by 1, 2
"""

WAITING = """
select o.status, count(*)::int from orders o where o.status in ('PENDING', 'PROCESSING', 'SHIPPED') group by o.status
"""

# A product is called what it was called in its last order.
BEST_SELLERS = """
select l.product_id, (array_agg(l.slug order by o.id desc))[1], (array_agg(l.name order by o.id desc))[1],
    (array_agg(l.name_en order by o.id desc))[1], (array_agg(l.image order by o.id desc))[1],
    sum(l.quantity)::int as quantity, sum(l.quantity * l.price::bigint)::bigint as revenue
from orders o join order_line l on l.order_id = o.id
where o.created_at >= %(begin)s and o.created_at < %(until)s and o.status <> 'CANCELLED'
group by l.product_id order by quantity desc, revenue desc, l.product_id limit %(best)s
"""

CUSTOMERS = """
select coalesce(json_agg(json_build_object('userId', asked.user_id, 'orders', sums.orders,
    'cancelled', sums.cancelled, 'spent', sums.spent, 'lastOrderAt', sums.last_order_at) order by asked.nr), '[]')::text
from unnest(%(user_ids)s::bigint[]) with ordinality asked(user_id, nr), lateral (
    select count(*) filter (where o.status <> 'CANCELLED') as orders,
        count(*) filter (where o.status = 'CANCELLED') as cancelled,
        coalesce(sum(o.total_amount + o.delivery_fee) filter (where o.status <> 'CANCELLED'), 0)::bigint as spent,
        max(o.created_at) as last_order_at
    from orders o where o.user_id = asked.user_id
) sums
"""

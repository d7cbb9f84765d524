"""The cart's statements. Each names its owner in the query itself: another's line is as if it were not there."""

READ = """
select coalesce(json_agg(json_build_object(
        'id', l.id, 'productId', p.id, 'slug', p.slug, 'name', p.name, 'nameEn', p.name_en, 'image', p.image,
        'size', l.size, 'quantity', l.quantity, 'price', coalesce(s.price, l.price_when_added),
        'priceWhenAdded', l.price_when_added,
        'stock', case when p.archived_at is null then coalesce(s.stock, 0) else 0 end,
        'available', p.archived_at is null and coalesce(s.stock, 0) >= l.quantity,
        'lineTotal', l.quantity * coalesce(s.price, l.price_when_added)::bigint) order by l.id), '[]'),
    coalesce(sum(l.quantity), 0), coalesce(sum(l.quantity * coalesce(s.price, l.price_when_added)::bigint), 0),
    coalesce(string_agg(l.id || ':' || l.pieces_added, ',' order by l.id), '')
from cart_line l join product p on p.id = l.product_id
left join size s on s.product_id = l.product_id and s.code = l.size
where l.user_id = %s
"""

ON_SALE = """
select s.price, s.stock from size s join product p on p.id = s.product_id
where s.product_id = %s and s.code = %s and p.archived_at is null
"""

LOCK_CART = "select pg_advisory_xact_lock(hashtext('cart'), hashint8(%s))"

IN_CART = """
select coalesce(max(quantity) filter (where product_id = %(product_id)s and size = %(size)s), 0), count(*)
from cart_line where user_id = %(user_id)s
"""

PUT = """
insert into cart_line as l (user_id, product_id, size, quantity, price_when_added, pieces_added)
values (%(user_id)s, %(product_id)s, %(size)s, %(quantity)s, %(price)s, %(quantity)s)
on conflict (user_id, product_id, size)
do update set quantity = excluded.quantity, price_when_added = excluded.price_when_added,
    pieces_added = l.pieces_added + greatest(excluded.quantity - l.quantity, 0)
"""

LINE = """
select product_id, size, quantity from cart_line where id = %(id)s and user_id = %(user_id)s
"""

CHANGE = """
update cart_line set quantity = %(quantity)s, price_when_added = %(price)s,
    pieces_added = pieces_added + greatest(%(quantity)s - quantity, 0)
where id = %(id)s and user_id = %(user_id)s
"""

REMOVE = """
delete from cart_line where id = %(id)s and user_id = %(user_id)s
returning product_id, size, quantity, price_when_added
"""

MERGE = """
insert into cart_line as l (user_id, product_id, size, quantity, price_when_added, pieces_added)
select %(to)s, g.product_id, g.size, least(g.quantity + coalesce(o.quantity, 0), s.stock, %(max)s), g.price_when_added,
    g.quantity
from cart_line g
join size s on s.product_id = g.product_id and s.code = g.size and s.stock > 0
join product p on p.id = g.product_id and p.archived_at is null
left join cart_line o on o.user_id = %(to)s and o.product_id = g.product_id and o.size = g.size
where g.user_id = %(from)s order by g.id
on conflict (user_id, product_id, size) do update set quantity = excluded.quantity,
    pieces_added = l.pieces_added + greatest(excluded.quantity - l.quantity, 0)
"""

EMPTY = "delete from cart_line where user_id = %s"

EMPTY_ALL = "delete from cart_line where user_id = any(%s)"

MARK_REMOVED = "insert into cart_removal (order_id) values (%s) on conflict do nothing returning order_id"

TAKE_OUT = """
update cart_line l set quantity = l.quantity - b.quantity
from unnest(%(products)s::bigint[], %(sizes)s::text[], %(quantities)s::int[]) as b(product_id, size, quantity)
where l.user_id = %(user_id)s and l.product_id = b.product_id and l.size = b.size and l.quantity > b.quantity
"""

TAKE_OUT_WHOLE = """
delete from cart_line l
using unnest(%(products)s::bigint[], %(sizes)s::text[], %(quantities)s::int[]) as b(product_id, size, quantity)
where l.user_id = %(user_id)s and l.product_id = b.product_id and l.size = b.size and l.quantity <= b.quantity
"""

LOCK_CARTS = """
select pg_advisory_xact_lock(hashtext('cart'), hashint8(user_id))
from (select distinct user_id from unnest(%(users)s::bigint[]) as u(user_id) order by user_id) u
"""

# What was added after a cart's state stays, even where fewer pieces than were bought are left of what was there then.
# Of several orders from one line, what was added between them may have been bought by the later ones, whether these are
# taken out now too or were before (`taken_out`): orders do not come in their order.
TAKE_OUT_BOUGHT = """
with new as (
    insert into cart_removal (order_id) select distinct unnest(%(orders)s::uuid[]) on conflict do nothing
    returning order_id
), bought as (
    select b.order_id, l.id, b.quantity, s.pieces_added, (
        select coalesce(sum((t.pair->>1)::int), 0) from jsonb_array_elements(l.taken_out) t(pair)
        where (t.pair->>0)::bigint > s.pieces_added) as before
    from unnest(%(orders)s::uuid[], %(users)s::bigint[], %(products)s::bigint[], %(sizes)s::text[],
        %(quantities)s::int[]) as b(order_id, user_id, product_id, size, quantity)
    join new on new.order_id = b.order_id
    join unnest(%(state_orders)s::uuid[], %(state_lines)s::bigint[], %(state_added)s::bigint[])
        as s(order_id, line_id, pieces_added) on s.order_id = b.order_id
    join cart_line l on l.id = s.line_id and l.user_id = b.user_id and l.product_id = b.product_id and l.size = b.size
), spent as (
    select id, quantity, pieces_added, pieces_added + before + coalesce(sum(quantity) over (
        partition by id order by pieces_added, order_id rows between 1 following and unbounded following), 0) as pieces
    from bought
), rest as (
    select l.id, greatest(l.quantity - sum(s.quantity), least(l.quantity, l.pieces_added - min(s.pieces)), 0)
        as quantity, l.taken_out || jsonb_agg(jsonb_build_array(s.pieces_added, s.quantity)) as taken_out
    from spent s join cart_line l on l.id = s.id group by l.id
), fewer as (
    update cart_line l set quantity = rest.quantity, taken_out = rest.taken_out
    from rest where l.id = rest.id and rest.quantity > 0
)
delete from cart_line l using rest where l.id = rest.id and rest.quantity = 0
"""
"""Take out what many orders bought, of those that have not been taken out before."""

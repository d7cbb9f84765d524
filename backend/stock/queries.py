"""The statements that move stock.

Every one locks sizes first and products second, each in the order of their key, so that none waits in a circle.
Products are locked too because a size that sells out, or comes back, changes its product. Counts of what was sold come
last, in the same order.
"""

TAKE = """
with asked as (
    select * from unnest(%(products)s::int[], %(sizes)s::text[], %(quantities)s::int[], %(prices)s::int[])
        as a(product_id, size, quantity, price)
), locked as (
    select s.product_id, s.code, s.price, s.stock
    from size s join asked a on a.product_id = s.product_id and a.size = s.code
    join product p on p.id = s.product_id and p.archived_at is null
    order by s.product_id, s.code for update of s
), short as (
    select a.*, coalesce(l.stock, 0) as available
    from asked a left join locked l on l.product_id = a.product_id and l.code = a.size
    where l.stock is null or l.stock < a.quantity
), today as (
    select a.product_id, a.size, a.price as told, l.price, a.quantity * l.price::bigint as amount
    from asked a join locked l on l.product_id = a.product_id and l.code = a.size
), sold_out as (
    select p.id from product p join (
        select distinct l.product_id from locked l join asked a on a.product_id = l.product_id and a.size = l.code
        where l.stock = a.quantity
    ) last on last.product_id = p.id
    order by p.id for no key update of p
), hold as (
    insert into hold (order_id, state, expires_at)
    select %(order_id)s, 'HELD', %(expires_at)s
    where not exists (select from short) and not exists (select from today where told <> price)
        and (select sum(amount) from today) = %(total)s
        and (select count(*) from sold_out) >= 0 -- locks them
    on conflict do nothing returning order_id
), taken as (
    update size s set stock = l.stock - a.quantity
    from hold, asked a join locked l on l.product_id = a.product_id and l.code = a.size
    where s.product_id = l.product_id and s.code = l.code
    returning s.product_id, s.code, a.quantity, s.stock
), moves as (
    insert into stock_move (product_id, size, kind, delta, stock, order_id)
    select product_id, code, 'ORDERED', -quantity, stock, %(order_id)s from taken
), lines as (
    insert into hold_line (order_id, product_id, size, quantity, price)
    select hold.order_id, a.product_id, a.size, a.quantity, l.price
    from hold, asked a join locked l on l.product_id = a.product_id and l.code = a.size
    returning product_id, size, quantity, price
)
select (select count(*) from hold),
    (select coalesce(json_agg(json_build_object('productId', h.product_id, 'size', h.size, 'quantity', h.quantity,
            'price', h.price, 'slug', p.slug, 'name', p.name, 'nameEn', p.name_en, 'image', p.image,
            'category', c.slug) order by h.product_id, h.size), '[]')
     from lines h join product p on p.id = h.product_id join category c on c.id = p.category_id),
    (select coalesce(json_agg(json_build_object('productId', s.product_id, 'size', s.size, 'requested', s.quantity,
            'available', s.available, 'name', p.name, 'nameEn', p.name_en) order by s.product_id, s.size), '[]')
     from short s left join product p on p.id = s.product_id),
    (select coalesce(json_agg(json_build_object('productId', t.product_id, 'size', t.size, 'requestedPrice', t.told,
            'price', t.price, 'name', p.name, 'nameEn', p.name_en) order by t.product_id, t.size), '[]')
     from today t join product p on p.id = t.product_id where t.told <> t.price),
    (select coalesce(sum(amount), 0) from today)
"""
"""Take stock for a new hold, or nothing at all: all lines or none, in one round trip.

The new stock is worked out from the row as it was locked: the update itself begins with the row as the statement first
saw it, and a stock that was raised while it waited would not suffice for the table's check.

Answers whether a hold was made, its priced lines, the lines that fell short, those whose price is another by now, and
today's sum. No hold although nothing stands in its way means that the order had one already.
"""

READ_LOCKED = "select state, expires_at from hold where order_id = %s for update"

LINES = """
select coalesce(json_agg(json_build_object('productId', h.product_id, 'size', h.size, 'quantity', h.quantity,
    'price', h.price, 'slug', p.slug, 'name', p.name, 'nameEn', p.name_en, 'image', p.image, 'category', c.slug)
    order by h.product_id, h.size), '[]')
from hold_line h join product p on p.id = h.product_id join category c on c.id = p.category_id where h.order_id = %s
"""

LOCK_SIZES = """
select s.product_id, s.code, h.quantity, s.stock, p.name, p.name_en, p.archived_at is null
from size s join hold_line h on h.product_id = s.product_id and h.size = s.code join product p on p.id = s.product_id
where h.order_id = %s order by s.product_id, s.code for update of s
"""

LOCK_PRODUCTS = """
select from product where id in (select product_id from hold_line where order_id = %s) order by id for no key update
"""

REMOVED = """
select h.product_id, h.size, h.quantity, p.name, p.name_en
from hold_line h join product p on p.id = h.product_id
where h.order_id = %s and not exists (select from size s where s.product_id = h.product_id and s.code = h.size)
order by h.product_id, h.size
"""
"""Lines of a hold whose size is sold no more."""

MOVE = """
with moved as (
    update size s set stock = s.stock + %(sign)s * h.quantity from hold_line h
    where h.order_id = %(order_id)s and s.product_id = h.product_id and s.code = h.size
    returning s.product_id, s.code, %(sign)s * h.quantity as delta, s.stock
)
insert into stock_move (product_id, size, kind, delta, stock, order_id)
select product_id, code, case when delta < 0 then 'ORDERED' else 'RETURNED' end, delta, stock, %(order_id)s from moved
returning product_id
"""

WRITE_OFF = """
insert into stock_move (product_id, size, kind, delta, stock, order_id)
select s.product_id, s.code, 'WRITTEN_OFF', 0, s.stock, %(order_id)s
from size s join hold_line h on h.product_id = s.product_id and h.size = s.code
where h.order_id = %(order_id)s order by s.product_id, s.code
"""

COUNT_SOLD = """
insert into sold_count as c (product_id, pieces)
select product_id, %(sign)s * sum(quantity)::int from hold_line where order_id = %(order_id)s group by 1 order by 1
on conflict (product_id) do update set pieces = c.pieces + excluded.pieces
"""
"""Count what an order sold, or did not after all; `backend.catalog.popularity` adds it to the products."""

LOCK_MANY = "select order_id, state from hold where order_id = any(%s) order by order_id for update"

COUNT_MANY_SOLD = """
insert into sold_count as c (product_id, pieces)
select product_id, sum(quantity)::int from hold_line where order_id = any(%(order_ids)s) group by 1 order by 1
on conflict (product_id) do update set pieces = c.pieces + excluded.pieces
"""

CONFIRM_MANY = "update hold set state = 'CONFIRMED' where order_id = any(%(order_ids)s)"

SET_STATE = """
update hold set state = %(state)s, expires_at = coalesce(%(expires_at)s, expires_at) where order_id = %(order_id)s
"""

TOMBSTONE = "insert into hold (order_id, state, expires_at) values (%s, 'RELEASED', %s) on conflict do nothing"

EXPIRED = "select order_id from hold where state = 'HELD' and expires_at <= %s order by expires_at limit 100"
OPEN = "select count(*)::int, min(expires_at) from hold where state = 'HELD'"

OPENING = """
insert into stock_move (product_id, size, kind, delta, stock)
select s.product_id, s.code, 'CREATED', s.stock, s.stock from size s
where not exists (select from stock_move m where m.product_id = s.product_id and m.size = s.code)
order by s.product_id, s.position, s.code
"""
"""Begin the history of sizes that have none."""

LOW = """
with low as (
    select s.product_id, s.code, s.price, s.stock, p.slug, p.name, p.name_en, p.image,
        row_number() over (order by s.stock, p.popularity desc, p.id, s.position, s.code) as nth
    from size s join product p on p.id = s.product_id
    where s.stock <= %(low_at)s and p.archived_at is null
), held as (
    select l.product_id, l.size, sum(l.quantity) as held
    from hold h join hold_line l on l.order_id = h.order_id where h.state = 'HELD' group by 1, 2
)
select json_build_object('items', coalesce((
        select json_agg(json_build_object('productId', l.product_id, 'slug', l.slug, 'name', l.name,
            'nameEn', l.name_en, 'image', l.image, 'size', l.code, 'price', l.price, 'stock', l.stock,
            'held', coalesce(h.held, 0)) order by l.nth)
        from low l left join held h on h.product_id = l.product_id and h.size = l.code where l.nth <= %(limit)s
    ), '[]'),
    'total', (select count(*) from low), 'out', (select count(*) from low where stock = 0),
    'lowAt', %(low_at)s::int)::text
"""

HISTORY = """
select json_build_object('items', coalesce(json_agg(json_build_object('id', m.id, 'at', m.at, 'size', m.size,
        'kind', m.kind, 'delta', m.delta, 'stock', m.stock, 'reason', m.reason, 'actorId', m.actor_id,
        'orderId', m.order_id) order by m.id desc), '[]'),
    'next', case when count(*) = %(limit)s then min(m.id) end)::text
from (
    select * from stock_move where product_id = %(product_id)s and (%(size)s::text is null or size = %(size)s)
        and (%(after)s::bigint is null or id < %(after)s)
    order by id desc limit %(limit)s
) m
"""

PRODUCT_EXISTS = "select exists (select from product where id = %s)"

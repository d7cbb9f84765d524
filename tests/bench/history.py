"""A shop with years behind it: people, orders and an audit log, written past the services, set by set."""

import psycopg

from tests.bench.place import DATABASE, Place

CUSTOMERS = 20_000
GUESTS = 30_000
ORDERS = 100_000
AUDITED = 100_000

# Few family names, as in Vietnam: a search for one of them finds ten thousands of orders.
PEOPLE = """
insert into user_service.users (email, name, role, password_hash, phone, created_at)
select case when n <= %(customers)s then 'khach' || n || '@example.com' end,
    case when n <= %(customers)s then
        (array['Nguyễn', 'Nguyễn', 'Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Phan', 'Vũ', 'Đặng'])[1 + n %% 10] || ' '
        || (array['Thị', 'Văn', 'Minh', 'Ngọc', 'Đức', 'Thanh', 'Hải'])[1 + n %% 7] || ' '
        || (array['Lan', 'Mai', 'Hùng', 'Đức', 'Trang', 'Linh', 'Quân', 'Hương', 'Yến', 'Sơn', 'Phúc'])[1 + n %% 11]
        else '' end,
    case when n <= %(customers)s then 'CUSTOMER' else 'GUEST' end, case when n <= %(customers)s then '-' end,
    case when n <= %(customers)s then '09' || lpad((n * 7919 %% 100000000)::text, 8, '0') else '' end,
    now() - interval '400 days' * random()
from generate_series(1, %(customers)s + %(guests)s) n
"""

# A year of orders, twice as many a day at its end as at its begin; what is older than two days has mostly arrived.
ORDERS_OF_A_YEAR = """
insert into order_service.orders (id, user_id, status, fulfilment, payment, contact_name, contact_phone,
    shipping_address, note, item_count, total_amount, delivery_fee, tracking_token, created_at, updated_at)
select uuidv7(at - now()), u.id,
    case when draw < 0.06 then 'CANCELLED' when at > now() - interval '2 hours' then 'PENDING'
        when at > now() - interval '5 hours' or draw > 0.9995 then 'PROCESSING'
        when at > now() - interval '1 day' then 'SHIPPED' else 'DELIVERED' end,
    case when draw < 0.7 then 'DELIVERY' else 'PICKUP' end,
    case when draw < 0.7 then 'CASH_ON_DELIVERY' else 'PAY_AT_PICKUP' end,
    u.name, u.phone, n || ' Hàng Bài, Hà Nội', '', 2, 598000, case when draw < 0.7 then 30000 else 0 end,
    gen_random_uuid()::text, at, at
from (
    select n, now() - interval '365 days' * (1 - sqrt((n - random()) / %(orders)s)) as at, random() as draw
    from generate_series(1, %(orders)s) n
) placed join user_service.users u on u.id = 2 + (placed.n * 48271::bigint) %% (%(customers)s + %(guests)s / 3)
order by at
"""

LINES = """
insert into order_service.order_line (order_id, line, product_id, slug, name, name_en, category, size, quantity, price)
select o.id, line, p.id, p.slug, p.name, p.name_en, 'mousse', 'M', 1, 299000
from order_service.orders o, generate_series(1, 2) line
    join lateral (select 1 + (o.number * line * 31) %% 300 as id) drawn on true
    join backend.product p on p.id = drawn.id
"""

TIMELINES = """
insert into order_service.timeline (order_id, at, actor, actor_id, from_status, to_status)
select o.id, o.created_at + step * interval '1 hour', case when step = 0 then 'CUSTOMER' else 'ADMIN' end,
    case when step = 0 then o.user_id else 1 end, (array[null, 'PENDING', 'PROCESSING', 'SHIPPED'])[step + 1],
    (array['PENDING', 'PROCESSING', 'SHIPPED', 'DELIVERED'])[step + 1]
from order_service.orders o, generate_series(0, 3) step
where step <= array_position(array['PENDING', 'PROCESSING', 'SHIPPED', 'DELIVERED'], o.status) - 1
"""

SHELVES = """
update backend.size set stock = (product_id * 13 + position) % 6 where product_id % 12 = 0;
update backend.product set archived_at = now() where id % 50 = 0;
insert into backend.stock_move (at, product_id, size, kind, delta, stock, order_id)
select o.created_at, l.product_id, l.size, 'ORDERED', -l.quantity, 20, o.id
from order_service.order_line l join order_service.orders o on o.id = l.order_id order by o.created_at;
insert into backend.audit_entry
    (id, at, actor_id, action, subject, subject_id, label, label_key, before, after, request_id)
select uuidv7(o.created_at - now()), o.created_at, 1, 'stock.set', 'stock', p.id::text || '/M', p.name || ' M',
    backend.norm(p.name || ' M'), '{"stock": 1}', '{"stock": 20}', md5(o.id::text)
from order_service.orders o join backend.product p on p.id = 1 + o.number % 300
"""

AUDIT = """
insert into order_service.audit_entry
    (id, at, actor_id, action, subject, subject_id, label, label_key, before, after, request_id)
select uuidv7(t.at - now()), t.at, 1 + t.id %% 5, 'order.moved', 'order', o.id::text, 'SD-' || o.number,
    'sd-' || o.number, jsonb_build_object('status', t.from_status), jsonb_build_object('status', t.to_status),
    md5(t.id::text)
from order_service.timeline t join order_service.orders o on o.id = t.order_id
where t.actor = 'ADMIN' order by t.at desc limit %(audited)s
"""


def write(place: Place) -> None:
    """Write it all, once the services have made their first admin and the catalogue is there."""
    amounts = {"customers": CUSTOMERS, "guests": GUESTS, "orders": ORDERS, "audited": AUDITED}
    with psycopg.connect(
        place.cluster.url(DATABASE), autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute("select setseed(0.5)")
        for statement in (PEOPLE, ORDERS_OF_A_YEAR, LINES, TIMELINES, AUDIT):
            connection.execute(statement, amounts)
        connection.execute(SHELVES)
        connection.execute("vacuum analyze")

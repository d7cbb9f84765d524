"""The order service's statements. PostgreSQL builds the wire's JSON, as in the backend's catalogue.

Whoever reads an order is part of the query (`VISIBLE`): another's order is as if it were not there.
"""

from shopkit import audit, limits
from shopkit.contracts.delivery import CORRECTABLE_FOR

VISIBLE = "(%(staff)s or o.user_id = %(person)s)"

LINES = """
(select coalesce(json_agg(json_build_object('productId', l.product_id, 'slug', l.slug, 'name', l.name,
    'nameEn', l.name_en, 'image', l.image, 'size', l.size, 'quantity', l.quantity, 'price', l.price,
    'lineTotal', l.quantity * l.price::bigint) order by l.line), '[]')
 from order_line l where l.order_id = o.id)
"""

TIMELINE = """
(select coalesce(json_agg(json_build_object('at', t.at, 'actor', t.actor,
    'actorId', case when %(staff)s then t.actor_id end,
    'from', t.from_status, 'to', t.to_status, 'kind', t.kind, 'reason', t.reason,
    'note', case when %(staff)s or t.kind <> 'CORRECTED' then t.note else '' end) order by t.id), '[]')
 from timeline t where t.order_id = o.id)
"""

# Until when staff may take the last step back; `order_service.delivery` decides by the same rules.
CORRECTABLE_UNTIL = f"""
(select case when t.actor = 'ADMIN' and t.kind in ('MOVED', 'DELIVERY_FAILED')
        then t.at + interval '{CORRECTABLE_FOR.total_seconds():.0f} seconds' end
 from timeline t where t.order_id = o.id order by t.id desc limit 1)
"""

SUMMARY_FIELDS = f"""
'id', o.id, 'number', 'SD-' || o.number, 'userId', o.user_id, 'status', o.status, 'fulfilment', o.fulfilment,
'payment', o.payment, 'contactName', o.contact_name, 'contactPhone', o.contact_phone, 'itemCount', o.item_count,
'totalAmount', o.total_amount, 'deliveryFee', o.delivery_fee, 'grandTotal', o.total_amount + o.delivery_fee,
'createdAt', o.created_at, 'updatedAt', o.updated_at, 'version', o.version,
'note', o.note, 'items', {LINES}, 'shippingAddress', o.shipping_address,
'expectedFrom', o.expected_from, 'expectedUntil', o.expected_until,
'failedDelivery', case when o.failed_at is not null then json_build_object('at', o.failed_at,
    'reason', o.failed_reason, 'attempts', o.failed_attempts) end,
'returned', o.returned_stock is not null,
'correctableUntil', case when %(staff)s and o.status in ('PROCESSING', 'SHIPPED', 'DELIVERED')
    then {CORRECTABLE_UNTIL} end
"""

SUMMARY = f"json_build_object({SUMMARY_FIELDS})::text"

ORDER = f"""
json_build_object({SUMMARY_FIELDS}, 'contactEmail', o.contact_email,
    'trackingToken', o.tracking_token, 'canCancel', o.status = 'PENDING',
    'returnedStock', case when %(staff)s then o.returned_stock end, 'timeline', {TIMELINE})::text
"""

READ = f"select {ORDER} from orders o where o.id = %(id)s and {VISIBLE}"
READ_TRACKED = f"select {ORDER} from orders o where o.tracking_token = %(token)s"
# One row whether there is such an order or not, so that both are answered after the same work.
LOOK_UP = """
select coalesce(max(contact_phone), ''), max(tracking_token), 'SD-' || max(number) from orders where number = %(number)s
"""
TRACKED_ID = "select id from orders where tracking_token = %s"

NOTE_REQUEST = """
insert into order_request (user_id, key, body_hash, order_id) values (%(user_id)s, %(key)s, %(body_hash)s, %(order_id)s)
on conflict do nothing returning order_id
"""
READ_REQUEST = "select order_id, body_hash from order_request where user_id = %(user_id)s and key = %(key)s"

FORGET_REQUEST = "delete from order_request where user_id = %(user_id)s and key = %(key)s and order_id = %(order_id)s"

# Besides the order itself: the same request, sent twice, may have placed it a moment ago.
OPEN_PIECES = """
select coalesce(sum(o.item_count), 0) from orders o
where o.user_id = %(user_id)s and o.status in ('PENDING', 'PROCESSING', 'SHIPPED') and o.id <> %(id)s
"""

# What stands before an order, in one round trip: its buyer's limits, the key's note, and what they have on the way.
# The note need not wait for the disk, as limits need not: an order that is written later takes it there too, and one
# that is lost without its order costs a hold until that runs out.
ADMIT = f"""
with {limits.ATTEMPT}, noted as (
    insert into order_request (user_id, key, body_hash, order_id)
    select %(user_id)s, %(key)s, %(body_hash)s, %(id)s
    where %(key)s::text is not null and not exists (select from refused)
    on conflict do nothing returning order_id
)
select (select wait_s from refused), (select wait_s from beyond),
    %(key)s::text is null or exists (select from noted), ({OPEN_PIECES})
"""

# The stock of an order that was not placed goes back, unless the same request, sent twice, has placed it after all.
GIVE_UP = """
insert into outbox (key, topic, payload)
select %(id)s::uuid::text, 'order_cancelled', '{}' where not exists (select from orders where id = %(id)s)
returning id
"""

# One statement, so one transaction and one round trip. `on conflict` makes a repeated placing write nothing; what is
# told to the stream goes out with the commit. Nothing is written for who would have more than `open_pieces` open.
PLACE = f"""
with placed as (
    insert into orders (id, user_id, status, fulfilment, payment, contact_name, contact_phone, contact_email,
        shipping_address, note, item_count, total_amount, delivery_fee, tracking_token, created_at, updated_at,
        expected_from, expected_until)
    select %(id)s, %(user_id)s, 'PENDING', %(fulfilment)s, %(payment)s, %(contact_name)s, %(contact_phone)s,
        %(contact_email)s, %(shipping_address)s, %(note)s, %(item_count)s, %(total_amount)s, %(delivery_fee)s,
        %(tracking_token)s, %(now)s, %(now)s, %(expected_from)s, %(expected_until)s
    where %(open_pieces)s::int is null or ({OPEN_PIECES}) + %(item_count)s <= %(open_pieces)s
    on conflict (id) do nothing returning id, number
), lines as (
    insert into order_line (order_id, line, product_id, slug, name, name_en, image, category, size, quantity, price)
    select placed.id, l.nr, l.product_id, l.slug, l.name, l.name_en, l.image, l.category, l.size, l.quantity, l.price
    from placed, rows from (jsonb_to_recordset(%(lines)s) as (product_id int, slug text, name text, name_en text,
        image text, category text, size text, quantity int, price int)) with ordinality
        as l(product_id, slug, name, name_en, image, category, size, quantity, price, nr)
), entry as (
    insert into timeline (order_id, at, actor, actor_id, to_status)
    select id, %(now)s, %(actor)s, %(user_id)s, 'PENDING' from placed
), job as (
    insert into outbox (key, topic, payload, deadline)
    select id, 'order_placed', %(job)s, clock_timestamp() + make_interval(secs => %(hold_s)s) from placed
)
select pg_notify('order_changed', json_build_object('orderId', id, 'number', 'SD-' || number,
    'userId', %(user_id)s::bigint, 'status', 'PENDING', 'fromStatus', null, 'version', 1,
    'at', %(now)s::timestamptz)::text) from placed
"""

# What staff do, and they alone, goes into the audit log. The event waits behind the stock, never before it.
MOVE = f"""
with moved as (
    update orders o set status = %(to)s, version = o.version + 1, updated_at = %(now)s,
        failed_at = case when %(kind)s::text = 'DELIVERY_FAILED' then %(now)s::timestamptz end,
        failed_reason = %(reason)s, returned_stock = %(stock)s,
        failed_attempts = o.failed_attempts + case when %(kind)s = 'DELIVERY_FAILED' then 1
            when %(kind)s = 'CORRECTED' and o.failed_at is not null then -1 else 0 end
    from (select id, status from orders where id = %(id)s for update) before
    where o.id = before.id and before.status = any(%(allowed_from)s)
        and (%(version)s::int is null or o.version = %(version)s) and (%(staff)s or o.user_id = %(person)s)
    returning o.id, o.number, o.user_id, o.total_amount, before.status as from_status, o.version
), entry as (
    insert into timeline (order_id, at, actor, actor_id, from_status, to_status, note, kind, reason)
    select id, %(now)s, %(actor)s, %(person)s, from_status, %(to)s, %(note)s, %(kind)s, %(reason)s from moved
), job as (
    insert into outbox (key, topic, payload)
    select id, topic, payload from moved cross join lateral (values
        (1, case when %(stock)s::text = 'WRITTEN_OFF' then 'order_written_off' else 'order_cancelled' end,
            '{{}}'::jsonb),
        (2, 'order_moved', jsonb_build_object('eventId', %(event_id)s::text, 'at', %(now)s::timestamptz,
            'userId', user_id, 'from', from_status, 'to', %(to)s::text, 'actor', %(actor)s::text,
            'kind', %(kind)s::text, 'totalAmount', total_amount))
    ) step(nr, topic, payload) where nr = 2 or %(to)s::text = 'CANCELLED' order by nr
), audited as (
    {audit.INSERT}
    select %(audit_id)s::uuid, %(now)s, %(person)s,
        case when %(kind)s <> 'MOVED' then 'order.' || lower(%(kind)s)
            when %(to)s::text = 'CANCELLED' then 'order.cancelled' else 'order.moved' end,
        'order', id::text, 'SD-' || number, 'sd-' || number, jsonb_build_object('status', from_status),
        jsonb_strip_nulls(jsonb_build_object('status', %(to)s::text, 'note', nullif(%(note)s::text, ''),
            'reason', %(reason)s::text, 'stock', %(stock)s::text)),
        %(request_id)s::text
    from moved where %(actor)s::text = 'ADMIN'
)
select pg_notify('order_changed', json_build_object('orderId', id, 'number', 'SD-' || number, 'userId', user_id,
    'status', %(to)s::text, 'fromStatus', from_status, 'version', version, 'at', %(now)s::timestamptz,
    'kind', %(kind)s)::text) from moved
"""

STATUS = f"select o.status, o.version from orders o where o.id = %(id)s and {VISIBLE}"

FOR_JOBS = """
select o.id, o.created_at, o.user_id, o.total_amount, (
    select json_agg(json_build_object('productId', l.product_id, 'productName', l.name, 'category', l.category,
        'size', l.size, 'quantity', l.quantity, 'price', l.price) order by l.line)
    from order_line l where l.order_id = o.id)
from orders o where o.id = any(%s)
"""

WAITING_LONG = """
select id, key from outbox
where topic = 'order_placed' and deadline is not null and clock_timestamp() - created_at > (deadline - created_at) / 3
order by id limit %s
"""
"""Orders whose confirmation has waited for a third of their holds' time."""

NEED_NOT_HURRY = "update outbox set deadline = null where id = any(%s)"


def listing(where: str, direction: str) -> str:
    """Return the statement of one page of orders; ids first: nothing is built for skipped rows."""
    return f"""
    select {SUMMARY}, o.id from (
        select o.id from orders o where {where} order by o.id {direction} limit %(limit)s offset %(offset)s
    ) hit join orders o on o.id = hit.id order by o.id {direction}
    """


def count(where: str) -> str:
    """Return the statement that counts a list's orders."""
    return f"select count(*) from orders o where {where}"

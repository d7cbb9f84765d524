"""Statements on staff's notes."""

from shopkit import audit

NOTE = "json_build_object('id', n.id, 'at', n.at, 'actorId', n.actor_id, 'text', n.text)"

# Nothing where there is no such order, else the notes, which may be none.
READ = f"""
select (select coalesce(json_agg({NOTE} order by n.id), '[]') from order_note n where n.order_id = o.id)::text
from orders o where o.id = %(order_id)s
"""

# One statement, so that the note and its entry in the audit log are written together.
ADD = f"""
with n as (
    insert into order_note (order_id, at, actor_id, text)
    select id, %(now)s, %(actor)s, %(text)s from orders where id = %(order_id)s
    returning id, order_id, at, actor_id, text
), audited as (
    {audit.INSERT}
    select %(audit_id)s::uuid, n.at, n.actor_id, 'order.noted', 'order', o.id::text, 'SD-' || o.number,
        'sd-' || o.number, null, jsonb_build_object('note', n.text), %(request_id)s::text
    from n join orders o on o.id = n.order_id
)
select {NOTE}::text from n
"""

"""Where an order stands, for deciding which step staff may take."""

STANDING = """
select o.status, o.version, o.failed_at is not null, last.kind, last.actor, last.actor_id, last.at
from orders o cross join lateral (
    select t.kind, t.actor, t.actor_id, t.at from timeline t where t.order_id = o.id order by t.id desc limit 1
) last
where o.id = %(id)s
"""

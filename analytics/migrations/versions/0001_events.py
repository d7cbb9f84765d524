"""Events, one partition for each shop day, and the lines of orders as a relation of their own.

Revision: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
    create table analytics.events (
        event_id uuid not null,
        name text not null,
        version int not null,
        occurred_at timestamptz not null,
        shop_day date not null,
        user_id bigint,
        session_id text,
        service text not null,
        landing_path text,
        referrer_host text,
        utm_source text,
        utm_medium text,
        utm_campaign text,
        product_id bigint,
        product_name text,
        category text,
        size text,
        quantity bigint,
        price bigint,
        search_query text,
        results_count bigint,
        requested bigint,
        available bigint,
        cart_total bigint,
        item_count bigint,
        order_id text,
        total_amount bigint,
        from_status text,
        to_status text,
        actor text,
        kind text,
        from_guest boolean,
        role text,
        products jsonb,
        primary key (shop_day, event_id)
    ) partition by range (shop_day)
    """)
    # Only orders have products; they are a small part of all events, and several reports read nothing else.
    op.execute("create index ix_events_ordered on analytics.events (shop_day) where products is not null")
    op.execute("create index ix_events_name on analytics.events (name)")
    op.execute("create index ix_events_user_id on analytics.events (user_id)")
    op.execute("""
    create view analytics.order_lines as
    select e.event_id, e.occurred_at, e.shop_day, e.user_id, e.session_id, e.service, e.order_id,
        l."productId" as product_id, l."productName" as product_name, l.category, l.size, l.quantity, l.price,
        l.quantity * l.price as revenue
    from analytics.events e cross join lateral jsonb_to_recordset(e.products)
        as l("productId" bigint, "productName" text, category text, size text, quantity bigint, price bigint)
    where e.products is not null
    """)
    # Each is one statement, and so one transaction: no lock is held while somebody thinks. A partition is made aside and
    # then attached, which lets those who read go on reading.
    op.execute("""
    create function analytics.ensure_days(days date[]) returns void language plpgsql as $$
    declare
        day date;
        name text;
    begin
        perform pg_advisory_xact_lock(7311001);
        foreach day in array days loop
            name := 'events_' || to_char(day, 'YYYYMMDD');
            if to_regclass('analytics.' || name) is null then
                execute format('create table analytics.%I (like analytics.events including all)', name);
                execute format('alter table analytics.events attach partition analytics.%I '
                    'for values from (%L) to (%L)', name, day, day + 1);
            end if;
        end loop;
    end $$
    """)
    op.execute("""
    create function analytics.drop_days_before(oldest date) returns setof text language plpgsql
    set lock_timeout = '2s' as $$
    declare
        name text;
    begin
        for name in
            select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'analytics.events'::regclass
                and c.relname < 'events_' || to_char(oldest, 'YYYYMMDD')
            order by 1
        loop
            execute format('drop table analytics.%I', name);
            return next name;
        end loop;
    end $$
    """)

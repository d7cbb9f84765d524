-- View, cart, checkout, order: how many visits, and how many customers, came how far. The funnel is closed: a step
-- counts only at or after the step before it.
with visit_view as (
    select session_id as who, min(occurred_at) as at
    from events
    where name = 'Product Viewed' and session_id is not null and shop_day between :from_day and :to_day
    group by session_id
), visit_cart as (
    select before.who, min(step.occurred_at) as at
    from visit_view as before join events as step on step.session_id = before.who and step.occurred_at >= before.at
    where step.name = 'Add to Cart' and step.shop_day between :from_day and :to_day
    group by before.who
), visit_checkout as (
    select before.who, min(step.occurred_at) as at
    from visit_cart as before join events as step on step.session_id = before.who and step.occurred_at >= before.at
    where step.name = 'Checkout Started' and step.shop_day between :from_day and :to_day
    group by before.who
), visit_order as (
    select before.who, min(step.occurred_at) as at
    from visit_checkout as before join events as step on step.session_id = before.who and step.occurred_at >= before.at
    where step.name = 'Order Completed' and step.shop_day between :from_day and :to_day
    group by before.who
), customer_view as (
    select user_id as who, min(occurred_at) as at
    from events
    where name = 'Product Viewed' and user_id is not null and shop_day between :from_day and :to_day
    group by user_id
), customer_cart as (
    select before.who, min(step.occurred_at) as at
    from customer_view as before join events as step on step.user_id = before.who and step.occurred_at >= before.at
    where step.name = 'Add to Cart' and step.shop_day between :from_day and :to_day
    group by before.who
), customer_checkout as (
    select before.who, min(step.occurred_at) as at
    from customer_cart as before join events as step on step.user_id = before.who and step.occurred_at >= before.at
    where step.name = 'Checkout Started' and step.shop_day between :from_day and :to_day
    group by before.who
), customer_order as (
    select before.who, min(step.occurred_at) as at
    from customer_checkout as before join events as step on step.user_id = before.who and step.occurred_at >= before.at
    where step.name = 'Order Completed' and step.shop_day between :from_day and :to_day
    group by before.who
)
select 'visit' as unit, 1 as step, 'view' as name, count(*) as reached from visit_view
union all
select 'visit' as unit, 2 as step, 'cart' as name, count(*) as reached from visit_cart
union all
select 'visit' as unit, 3 as step, 'checkout' as name, count(*) as reached from visit_checkout
union all
select 'visit' as unit, 4 as step, 'order' as name, count(*) as reached from visit_order
union all
select 'customer' as unit, 1 as step, 'view' as name, count(*) as reached from customer_view
union all
select 'customer' as unit, 2 as step, 'cart' as name, count(*) as reached from customer_cart
union all
select 'customer' as unit, 3 as step, 'checkout' as name, count(*) as reached from customer_checkout
union all
select 'customer' as unit, 4 as step, 'order' as name, count(*) as reached from customer_order
order by unit desc, step

-- Orders and their revenue in VND, day by day; an order is a returning one if its buyer had ordered before.
with numbered as (
    select
        shop_day,
        user_id,
        total_amount,
        row_number() over (partition by user_id order by occurred_at, event_id) as nr
    from events
    where name = 'Order Completed' and shop_day <= :to_day
)
select
    shop_day,
    count(*) as orders,
    cast(sum(total_amount) as bigint) as revenue,
    count(distinct user_id) as customers,
    count(*) filter (where nr > 1) as returning_orders
from numbered
where shop_day >= :from_day
group by shop_day
order by shop_day

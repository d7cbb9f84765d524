-- Customers by the month of their first order: how many of them ordered again, so many months later.
with orders as (
    select user_id, cast(date_trunc('month', shop_day) as date) as order_month, total_amount
    from events
    where name = 'Order Completed' and shop_day <= :to_day
), firsts as (
    select user_id, min(order_month) as first_month
    from orders
    group by user_id
)
select
    firsts.first_month,
    cast(
        (extract(year from orders.order_month) - extract(year from firsts.first_month)) * 12
        + extract(month from orders.order_month) - extract(month from firsts.first_month) as bigint
    ) as months_since,
    count(distinct orders.user_id) as customers,
    count(*) as orders,
    cast(sum(orders.total_amount) as bigint) as revenue
from orders join firsts on firsts.user_id = orders.user_id
where firsts.first_month >= cast(date_trunc('month', :from_day) as date)
group by 1, 2
order by 1, 2

-- How many customers ordered once, twice, and so on, and what they spent in VND.
with customers as (
    select user_id, count(*) as orders, sum(total_amount) as revenue
    from events
    where name = 'Order Completed' and shop_day between :from_day and :to_day
    group by user_id
)
select orders, count(*) as customers, cast(sum(revenue) as bigint) as revenue
from customers
group by orders
order by orders

-- Everybody who ever ordered, by what they did until the last day of the period. Lost: no order for 120 days. At risk:
-- none for 60 days. Of the others, new are those with one order, returning those with more.
with people as (
    select
        user_id,
        count(*) as orders,
        cast(sum(total_amount) as bigint) as revenue,
        min(shop_day) as first_day,
        max(shop_day) as last_day
    from events
    where name = 'Order Completed' and shop_day <= :to_day and (:user_id = 0 or user_id = :user_id)
    group by user_id
), segmented as (
    select
        user_id,
        orders,
        revenue,
        first_day,
        last_day,
        case
            when last_day < :lost_before then 'lost'
            when last_day < :at_risk_before then 'at_risk'
            when orders = 1 then 'new'
            else 'returning'
        end as segment
    from people
)
select user_id, segment, orders, revenue, first_day, last_day
from segmented
where (:segment = '' or segment = :segment) and last_day >= :from_day
order by revenue desc, user_id
limit :most

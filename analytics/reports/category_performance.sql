-- Each category's views, and what was sold of it.
with viewed as (
    select category, count(*) as views
    from events
    where name = 'Product Viewed' and shop_day between :from_day and :to_day
    group by category
), sold as (
    select
        category,
        cast(sum(quantity) as bigint) as pieces,
        cast(sum(revenue) as bigint) as revenue,
        count(distinct order_id) as orders
    from order_lines
    where shop_day between :from_day and :to_day
    group by category
)
select
    coalesce(viewed.category, sold.category) as category,
    coalesce(viewed.views, 0) as views,
    coalesce(sold.orders, 0) as orders,
    coalesce(sold.pieces, 0) as pieces,
    coalesce(sold.revenue, 0) as revenue
from viewed full outer join sold on viewed.category = sold.category
order by revenue desc, category

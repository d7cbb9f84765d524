-- What people wanted and the shop had too little of, by day: how often, and how many pieces were missing.
select
    shop_day,
    product_id,
    max(product_name) as product_name,
    count(*) as times,
    cast(sum(requested - available) as bigint) as pieces
from events
where name = 'Product Unavailable' and shop_day between :from_day and :to_day
group by shop_day, product_id
order by shop_day desc, times desc, product_id
limit :most

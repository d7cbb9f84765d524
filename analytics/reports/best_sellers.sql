-- What sells: pieces, revenue in VND and orders, by product; or what one customer ordered most.
select
    product_id,
    max(product_name) as product_name,
    cast(sum(quantity) as bigint) as pieces,
    cast(sum(revenue) as bigint) as revenue,
    count(distinct order_id) as orders
from order_lines
where shop_day between :from_day and :to_day and (:user_id = 0 or user_id = :user_id)
group by product_id
order by pieces desc, revenue desc, product_id
limit :most

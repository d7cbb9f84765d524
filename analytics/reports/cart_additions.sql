-- What is put into carts: times, pieces and their worth in VND, by product.
select
    product_id,
    max(product_name) as product_name,
    count(*) as additions,
    cast(sum(quantity) as bigint) as pieces,
    cast(sum(quantity * price) as bigint) as amount,
    count(distinct session_id) as visits
from events
where name = 'Add to Cart' and shop_day between :from_day and :to_day
group by product_id
order by additions desc, product_id
limit :most

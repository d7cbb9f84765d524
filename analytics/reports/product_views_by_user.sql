-- Who looked at how many cakes: views by people who are known, most first.
select
    user_id,
    count(*) as views,
    count(distinct product_id) as products,
    count(distinct shop_day) as days,
    max(shop_day) as last_day
from events
where name = 'Product Viewed' and user_id is not null and shop_day between :from_day and :to_day
group by user_id
order by views desc, user_id
limit :most

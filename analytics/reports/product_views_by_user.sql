-- Who looked at how many cakes: views by people who are known, most first.
with looked as (
    select user_id, product_id, count(*) as views, max(shop_day) as last_day
    from events
    where name = 'Product Viewed' and user_id is not null and shop_day between :from_day and :to_day
    group by user_id, product_id
)
select user_id, cast(sum(views) as bigint) as views, count(*) as products, max(last_day) as last_day
from looked
group by user_id
order by views desc, user_id
limit :most

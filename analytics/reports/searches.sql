-- What is looked for, how often nothing was found, and how often something went into the cart later in the visit.
with carts as (
    select session_id, max(occurred_at) as last_at
    from events
    where name = 'Add to Cart' and session_id is not null and shop_day between :from_day and :to_day
    group by session_id
), searches as (
    select
        lower(trim(search.search_query)) as query,
        case when search.results_count = 0 then 1 else 0 end as is_empty,
        case when carts.last_at >= search.occurred_at then 1 else 0 end as is_led
    from events as search left join carts on carts.session_id = search.session_id
    where search.name = 'Product Search' and search.shop_day between :from_day and :to_day
)
select
    query,
    count(*) as searches,
    cast(sum(is_empty) as bigint) as found_nothing,
    cast(sum(is_led) as bigint) as led_to_cart
from searches
group by query
order by searches desc, query
limit :most

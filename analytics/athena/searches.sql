/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* What is looked for, how often nothing was found, and how often something went into the cart later in the visit. */
WITH carts AS (
  SELECT
    session_id,
    MAX(occurred_at) AS last_at
  FROM events
  WHERE
    name = 'Add to Cart'
    AND NOT session_id IS NULL
    AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    session_id
), searches AS (
  SELECT
    LOWER(TRIM(search.search_query)) AS query,
    CASE WHEN search.results_count = 0 THEN 1 ELSE 0 END AS is_empty,
    CASE WHEN carts.last_at >= search.occurred_at THEN 1 ELSE 0 END AS is_led
  FROM events AS search
  LEFT JOIN carts
    ON carts.session_id = search.session_id
  WHERE
    search.name = 'Product Search' AND search.shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
)
SELECT
  query,
  COUNT(*) AS searches,
  CAST(SUM(is_empty) AS BIGINT) AS found_nothing,
  CAST(SUM(is_led) AS BIGINT) AS led_to_cart
FROM searches
GROUP BY
  query
ORDER BY
  searches DESC,
  query
LIMIT 1000

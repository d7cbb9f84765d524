/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* Who looked at how many cakes: views by people who are known, most first. */
WITH looked AS (
  SELECT
    user_id,
    product_id,
    COUNT(*) AS views,
    MAX(shop_day) AS last_day
  FROM events
  WHERE
    name = 'Product Viewed'
    AND NOT user_id IS NULL
    AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    user_id,
    product_id
)
SELECT
  user_id,
  CAST(SUM(views) AS BIGINT) AS views,
  COUNT(*) AS products,
  MAX(last_day) AS last_day
FROM looked
GROUP BY
  user_id
ORDER BY
  views DESC,
  user_id
LIMIT 1000

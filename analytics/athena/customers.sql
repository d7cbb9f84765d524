/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* Everybody who ever ordered, by what they did until the last day of the period. Lost: no order for 120 days. At risk: */
/* none for 60 days. Of the others, new are those with one order, returning those with more. */
WITH people AS (
  SELECT
    user_id,
    COUNT(*) AS orders,
    CAST(SUM(total_amount) AS BIGINT) AS revenue,
    MIN(shop_day) AS first_day,
    MAX(shop_day) AS last_day
  FROM events
  WHERE
    name = 'Order Completed'
    AND shop_day <= CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
    AND (
      0 = 0 OR user_id = 0
    )
  GROUP BY
    user_id
), segmented AS (
  SELECT
    user_id,
    orders,
    revenue,
    first_day,
    last_day,
    CASE
      WHEN last_day < (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '120' DAY)
      THEN 'lost'
      WHEN last_day < (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '60' DAY)
      THEN 'at_risk'
      WHEN orders = 1
      THEN 'new'
      ELSE 'returning'
    END AS segment
  FROM people
)
SELECT
  user_id,
  segment,
  orders,
  revenue,
  first_day,
  last_day
FROM segmented
WHERE
  (
    '' = '' OR segment = ''
  ) AND last_day >= (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY)
ORDER BY
  revenue DESC,
  user_id
LIMIT 1000

/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* How many customers ordered once, twice, and so on, and what they spent in VND. */
WITH customers AS (
  SELECT
    user_id,
    COUNT(*) AS orders,
    SUM(total_amount) AS revenue
  FROM events
  WHERE
    name = 'Order Completed' AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    user_id
)
SELECT
  orders,
  COUNT(*) AS customers,
  CAST(SUM(revenue) AS BIGINT) AS revenue
FROM customers
GROUP BY
  orders
ORDER BY
  orders

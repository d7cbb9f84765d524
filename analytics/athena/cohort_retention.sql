/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* Customers by the month of their first order: how many of them ordered again, so many months later. */
WITH orders AS (
  SELECT
    user_id,
    CAST(DATE_TRUNC('MONTH', shop_day) AS DATE) AS order_month,
    total_amount
  FROM events
  WHERE
    name = 'Order Completed' AND shop_day <= CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
), firsts AS (
  SELECT
    user_id,
    MIN(order_month) AS first_month
  FROM orders
  GROUP BY
    user_id
)
SELECT
  firsts.first_month,
  CAST((
    EXTRACT(YEAR FROM orders.order_month) - EXTRACT(YEAR FROM firsts.first_month)
  ) * 12 + EXTRACT(MONTH FROM orders.order_month) - EXTRACT(MONTH FROM firsts.first_month) AS BIGINT) AS months_since,
  COUNT(DISTINCT orders.user_id) AS customers,
  COUNT(*) AS orders,
  CAST(SUM(orders.total_amount) AS BIGINT) AS revenue
FROM orders
JOIN firsts
  ON firsts.user_id = orders.user_id
WHERE
  firsts.first_month >= CAST(DATE_TRUNC('MONTH', (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY)) AS DATE)
GROUP BY
  1,
  2
ORDER BY
  1,
  2

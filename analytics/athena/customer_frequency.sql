/* How many customers ordered once, twice, and so on, and what they spent in VND. */
WITH customers AS (
  SELECT
    user_id,
    COUNT(*) AS orders,
    SUM(total_amount) AS revenue
  FROM events
  WHERE
    name = 'Order Completed' AND shop_day BETWEEN :from_day AND :to_day
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

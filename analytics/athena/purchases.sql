/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* Orders and their revenue in VND, day by day; an order is a returning one if its buyer had ordered before. */
WITH numbered AS (
  SELECT
    shop_day,
    user_id,
    total_amount,
    ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY occurred_at, event_id) AS nr
  FROM events
  WHERE
    name = 'Order Completed' AND shop_day <= CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
)
SELECT
  shop_day,
  COUNT(*) AS orders,
  CAST(SUM(total_amount) AS BIGINT) AS revenue,
  COUNT(DISTINCT user_id) AS customers,
  COUNT(*) FILTER(WHERE
    nr > 1) AS returning_orders
FROM numbered
WHERE
  shop_day >= (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY)
GROUP BY
  shop_day
ORDER BY
  shop_day

/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* What sells: pieces, revenue in VND and orders, by product; or what one customer ordered most. */
SELECT
  product_id,
  MAX(product_name) AS product_name,
  CAST(SUM(quantity) AS BIGINT) AS pieces,
  CAST(SUM(revenue) AS BIGINT) AS revenue,
  COUNT(DISTINCT order_id) AS orders
FROM order_lines
WHERE
  shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  AND (
    0 = 0 OR user_id = 0
  )
GROUP BY
  product_id
ORDER BY
  pieces DESC,
  revenue DESC,
  product_id
LIMIT 1000

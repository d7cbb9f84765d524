/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* What people wanted and the shop had too little of, by day: how often, and how many pieces were missing. */
SELECT
  shop_day,
  product_id,
  MAX(product_name) AS product_name,
  COUNT(*) AS times,
  CAST(SUM(requested - available) AS BIGINT) AS pieces
FROM events
WHERE
  name = 'Product Unavailable' AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
GROUP BY
  shop_day,
  product_id
ORDER BY
  shop_day DESC,
  times DESC,
  product_id
LIMIT 1000

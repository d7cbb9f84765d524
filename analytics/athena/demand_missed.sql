/* What people wanted and the shop had too little of, by day: how often, and how many pieces were missing. */
SELECT
  shop_day,
  product_id,
  MAX(product_name) AS product_name,
  COUNT(*) AS times,
  CAST(SUM(requested - available) AS BIGINT) AS pieces
FROM events
WHERE
  name = 'Product Unavailable' AND shop_day BETWEEN :from_day AND :to_day
GROUP BY
  shop_day,
  product_id
ORDER BY
  shop_day DESC,
  times DESC,
  product_id
LIMIT :most

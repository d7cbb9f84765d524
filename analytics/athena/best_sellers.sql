/* What sells: pieces, revenue in VND and orders, by product; or what one customer ordered most. */
SELECT
  product_id,
  MAX(product_name) AS product_name,
  CAST(SUM(quantity) AS BIGINT) AS pieces,
  CAST(SUM(revenue) AS BIGINT) AS revenue,
  COUNT(DISTINCT order_id) AS orders
FROM order_lines
WHERE
  shop_day BETWEEN :from_day AND :to_day
  AND (
    :user_id = 0 OR user_id = :user_id
  )
GROUP BY
  product_id
ORDER BY
  pieces DESC,
  revenue DESC,
  product_id
LIMIT :most

/* What is put into carts: times, pieces and their worth in VND, by product. */
SELECT
  product_id,
  MAX(product_name) AS product_name,
  COUNT(*) AS additions,
  CAST(SUM(quantity) AS BIGINT) AS pieces,
  CAST(SUM(quantity * price) AS BIGINT) AS amount,
  COUNT(DISTINCT session_id) AS visits
FROM events
WHERE
  name = 'Add to Cart' AND shop_day BETWEEN :from_day AND :to_day
GROUP BY
  product_id
ORDER BY
  additions DESC,
  product_id
LIMIT :most

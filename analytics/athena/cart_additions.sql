/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
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
  name = 'Add to Cart' AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
GROUP BY
  product_id
ORDER BY
  additions DESC,
  product_id
LIMIT 1000

/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* Each category's views, and what was sold of it. */
WITH viewed AS (
  SELECT
    category,
    COUNT(*) AS views
  FROM events
  WHERE
    name = 'Product Viewed' AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    category
), sold AS (
  SELECT
    category,
    CAST(SUM(quantity) AS BIGINT) AS pieces,
    CAST(SUM(revenue) AS BIGINT) AS revenue,
    COUNT(DISTINCT order_id) AS orders
  FROM order_lines
  WHERE
    shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    category
)
SELECT
  COALESCE(viewed.category, sold.category) AS category,
  COALESCE(viewed.views, 0) AS views,
  COALESCE(sold.orders, 0) AS orders,
  COALESCE(sold.pieces, 0) AS pieces,
  COALESCE(sold.revenue, 0) AS revenue
FROM viewed
FULL OUTER JOIN sold
  ON viewed.category = sold.category
ORDER BY
  revenue DESC,
  category

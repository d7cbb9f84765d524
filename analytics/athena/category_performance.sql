/* Each category's views, and what was sold of it. */
WITH viewed AS (
  SELECT
    category,
    COUNT(*) AS views
  FROM events
  WHERE
    name = 'Product Viewed' AND shop_day BETWEEN :from_day AND :to_day
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
    shop_day BETWEEN :from_day AND :to_day
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

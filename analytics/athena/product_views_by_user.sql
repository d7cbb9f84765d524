/* Who looked at how many cakes: views by people who are known, most first. */
WITH looked AS (
  SELECT
    user_id,
    product_id,
    COUNT(*) AS views,
    MAX(shop_day) AS last_day
  FROM events
  WHERE
    name = 'Product Viewed'
    AND NOT user_id IS NULL
    AND shop_day BETWEEN :from_day AND :to_day
  GROUP BY
    user_id,
    product_id
)
SELECT
  user_id,
  CAST(SUM(views) AS BIGINT) AS views,
  COUNT(*) AS products,
  MAX(last_day) AS last_day
FROM looked
GROUP BY
  user_id
ORDER BY
  views DESC,
  user_id
LIMIT :most

/* Who looked at how many cakes: views by people who are known, most first. */
SELECT
  user_id,
  COUNT(*) AS views,
  COUNT(DISTINCT product_id) AS products,
  COUNT(DISTINCT shop_day) AS days,
  MAX(shop_day) AS last_day
FROM events
WHERE
  name = 'Product Viewed'
  AND NOT user_id IS NULL
  AND shop_day BETWEEN :from_day AND :to_day
GROUP BY
  user_id
ORDER BY
  views DESC,
  user_id
LIMIT :most

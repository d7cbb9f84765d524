/* Everybody who ever ordered, by what they did until the last day of the period. Lost: no order for 120 days. At risk: */
/* none for 60 days. Of the others, new are those with one order, returning those with more. */
WITH people AS (
  SELECT
    user_id,
    COUNT(*) AS orders,
    CAST(SUM(total_amount) AS BIGINT) AS revenue,
    MIN(shop_day) AS first_day,
    MAX(shop_day) AS last_day
  FROM events
  WHERE
    name = 'Order Completed'
    AND shop_day <= :to_day
    AND (
      :user_id = 0 OR user_id = :user_id
    )
  GROUP BY
    user_id
), segmented AS (
  SELECT
    user_id,
    orders,
    revenue,
    first_day,
    last_day,
    CASE
      WHEN last_day < :lost_before
      THEN 'lost'
      WHEN last_day < :at_risk_before
      THEN 'at_risk'
      WHEN orders = 1
      THEN 'new'
      ELSE 'returning'
    END AS segment
  FROM people
)
SELECT
  user_id,
  segment,
  orders,
  revenue,
  first_day,
  last_day
FROM segmented
WHERE
  (
    :segment = '' OR segment = :segment
  ) AND last_day >= :from_day
ORDER BY
  revenue DESC,
  user_id
LIMIT :most

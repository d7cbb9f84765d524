/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */
/* View, cart, checkout, order: how many visits, and how many customers, came how far. The funnel is closed: a step */
/* counts only at or after the step before it. */
WITH visit_view AS (
  SELECT
    session_id AS who,
    MIN(occurred_at) AS at
  FROM events
  WHERE
    name = 'Product Viewed'
    AND NOT session_id IS NULL
    AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    session_id
), visit_cart AS (
  SELECT
    before.who,
    MIN(step.occurred_at) AS at
  FROM visit_view AS before
  JOIN events AS step
    ON step.session_id = before.who AND step.occurred_at >= before.at
  WHERE
    step.name = 'Add to Cart' AND step.shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    before.who
), visit_checkout AS (
  SELECT
    before.who,
    MIN(step.occurred_at) AS at
  FROM visit_cart AS before
  JOIN events AS step
    ON step.session_id = before.who AND step.occurred_at >= before.at
  WHERE
    step.name = 'Checkout Started' AND step.shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    before.who
), visit_order AS (
  SELECT
    before.who,
    MIN(step.occurred_at) AS at
  FROM visit_checkout AS before
  JOIN events AS step
    ON step.session_id = before.who AND step.occurred_at >= before.at
  WHERE
    step.name = 'Order Completed' AND step.shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    before.who
), customer_view AS (
  SELECT
    user_id AS who,
    MIN(occurred_at) AS at
  FROM events
  WHERE
    name = 'Product Viewed'
    AND NOT user_id IS NULL
    AND shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    user_id
), customer_cart AS (
  SELECT
    before.who,
    MIN(step.occurred_at) AS at
  FROM customer_view AS before
  JOIN events AS step
    ON step.user_id = before.who AND step.occurred_at >= before.at
  WHERE
    step.name = 'Add to Cart' AND step.shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    before.who
), customer_checkout AS (
  SELECT
    before.who,
    MIN(step.occurred_at) AS at
  FROM customer_cart AS before
  JOIN events AS step
    ON step.user_id = before.who AND step.occurred_at >= before.at
  WHERE
    step.name = 'Checkout Started' AND step.shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    before.who
), customer_order AS (
  SELECT
    before.who,
    MIN(step.occurred_at) AS at
  FROM customer_checkout AS before
  JOIN events AS step
    ON step.user_id = before.who AND step.occurred_at >= before.at
  WHERE
    step.name = 'Order Completed' AND step.shop_day BETWEEN (CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) - INTERVAL '29' DAY) AND CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)
  GROUP BY
    before.who
)
SELECT
  'visit' AS unit,
  1 AS step,
  'view' AS name,
  COUNT(*) AS reached
FROM visit_view
UNION ALL
SELECT
  'visit' AS unit,
  2 AS step,
  'cart' AS name,
  COUNT(*) AS reached
FROM visit_cart
UNION ALL
SELECT
  'visit' AS unit,
  3 AS step,
  'checkout' AS name,
  COUNT(*) AS reached
FROM visit_checkout
UNION ALL
SELECT
  'visit' AS unit,
  4 AS step,
  'order' AS name,
  COUNT(*) AS reached
FROM visit_order
UNION ALL
SELECT
  'customer' AS unit,
  1 AS step,
  'view' AS name,
  COUNT(*) AS reached
FROM customer_view
UNION ALL
SELECT
  'customer' AS unit,
  2 AS step,
  'cart' AS name,
  COUNT(*) AS reached
FROM customer_cart
UNION ALL
SELECT
  'customer' AS unit,
  3 AS step,
  'checkout' AS name,
  COUNT(*) AS reached
FROM customer_checkout
UNION ALL
SELECT
  'customer' AS unit,
  4 AS step,
  'order' AS name,
  COUNT(*) AS reached
FROM customer_order
ORDER BY
  unit DESC,
  step

CREATE OR REPLACE VIEW order_lines AS
SELECT
  e.event_id,
  e.occurred_at,
  e.shop_day,
  e.user_id,
  e.session_id,
  e.service,
  e.order_id,
  l.product_id,
  l.product_name,
  l.category,
  l.size,
  l.quantity,
  l.price,
  l.quantity * l.price AS revenue
FROM events AS e
CROSS JOIN UNNEST(e.products) AS l(product_id, product_name, category, size, quantity, price)
WHERE
  e.name = 'Order Completed'

"""Orders by when their status changed, for what was finished today; phones found with +84 and with 0.

Revision: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


CONTACT_KEY = (
    "order_service.norm(coalesce(contact_name, '') || ' ' || regexp_replace("
    r"translate(coalesce(contact_phone, ''), ' .-()', ''), '^((\+|00)84|84(?=\d{9}))0?', '0'))"
)


def upgrade() -> None:
    op.execute(f"alter table order_service.orders alter column contact_key set expression as ({CONTACT_KEY})")
    op.create_index("ix_orders_updated_at", "orders", ["updated_at"], schema="order_service")

"""A phone is found with Vietnam's country code and without it, whichever way it was typed.

The column is worked out anew for every row, and its index with it, while the table is locked.

Revision: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"

DIGITS = "regexp_replace(phone, '[^0-9]', '', 'g')"
NATIONAL = f"regexp_replace({DIGITS}, '^(00)?84(?=[0-9]{{9}})0?', '0')"
BEFORE = f"user_service.fold(name || ' ' || coalesce(email, '') || ' ' || phone || ' ' || {DIGITS})"
AFTER = f"user_service.fold(name || ' ' || coalesce(email, '') || ' ' || phone || ' ' || {DIGITS} || ' ' || {NATIONAL})"


def upgrade() -> None:
    op.execute(f"alter table user_service.users alter column search_text set expression as ({AFTER})")


def downgrade() -> None:
    op.execute(f"alter table user_service.users alter column search_text set expression as ({BEFORE})")

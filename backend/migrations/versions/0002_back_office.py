"""What the back office needs: the audit log, every move of stock, pictures in several widths.

The word that the catalogue changed now names the products; an empty one still means all of them. Whoever writes
thousands of rows at once sets `backend.bulk` to `on` for the transaction, and then derives and tells by itself: row by
row it would take minutes, and flood whoever listens.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shopkit.audit import APPEND_ONLY

revision = "0002"
down_revision = "0001"

DERIVE_FROM_SIZES = """
create or replace function backend.derive_from_sizes() returns trigger language plpgsql as $$
declare
    changed int := coalesce(new.product_id, old.product_id);
begin
    if current_setting('backend.bulk', true) = 'on' then
        return null;
    end if;
    update backend.product set
        price_from = coalesce((select min(price) from backend.size where product_id = changed), 0),
        in_stock = exists (select from backend.size where product_id = changed and stock > 0)
    where id = changed;
    return null;
end $$
"""

TELL_CHANGED = """
create or replace function backend.tell_catalog_changed() returns trigger language plpgsql as $$
begin
    if current_setting('backend.bulk', true) = 'on' then
        return null;
    end if;
    perform pg_notify('catalog_changed', '');
    return null;
end $$
"""

TELL_PRODUCT_CHANGED = """
create function backend.tell_product_changed() returns trigger language plpgsql as $$
begin
    if current_setting('backend.bulk', true) = 'on' then
        return null;
    end if;
    perform pg_notify('catalog_changed', new.id::text);
    return null;
end $$
"""

TELL_TRIGGERS = (
    """
    create or replace trigger tell_changed after update on backend.product for each row
    when (old.popularity is not distinct from new.popularity) execute function backend.tell_product_changed()
    """,
    """
    create trigger tell_added after insert on backend.product for each row
    execute function backend.tell_product_changed()
    """,
    """
    create or replace trigger tell_added_or_removed after delete on backend.product for each statement
    execute function backend.tell_catalog_changed()
    """,
    "alter trigger tell_added_or_removed on backend.product rename to tell_removed",
)

# The history of what is there already begins now.
OPENING = """
insert into backend.stock_move (product_id, size, kind, delta, stock)
select product_id, code, 'CREATED', stock, stock from backend.size order by product_id, position, code
"""


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("label_key", sa.Text(), nullable=False, comment="The label without accents, for searching."),
        sa.Column("before", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        schema="backend",
    )
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id", "id"], schema="backend")
    op.create_index(
        "ix_audit_entry_subject_subject_id", "audit_entry", ["subject", "subject_id", "id"], schema="backend"
    )
    op.execute(APPEND_ONLY.format(schema="backend"))
    op.create_table(
        "stock_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind in ('CREATED', 'SET', 'ADJUSTED', 'IMPORTED', 'ORDERED', 'RETURNED')", name=op.f("ck_stock_move_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_move")),
        schema="backend",
    )
    op.create_index("ix_stock_move_product_id", "stock_move", ["product_id", "id"], schema="backend")
    op.execute(OPENING)
    op.add_column("product", sa.Column("image_set", sa.Text(), nullable=True), schema="backend")
    op.execute(DERIVE_FROM_SIZES)
    op.execute(TELL_CHANGED)
    op.execute(TELL_PRODUCT_CHANGED)
    for trigger in TELL_TRIGGERS:
        op.execute(trigger)

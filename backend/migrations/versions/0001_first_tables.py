"""First tables of the backend.

What the database derives by itself: the folded name and search document of a product (generated columns), its lowest
price and whether anything of it is left (trigger on sizes), and the word to every instance that the catalogue changed
(trigger on products and categories). So whoever writes, the seed and psql included, cannot forget any of it.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


# unaccent() is only STABLE because its dictionary could be replaced; ours never is. Generated columns want IMMUTABLE.
NORM = """
create function backend.norm(text) returns text language sql immutable strict parallel safe
return public.unaccent('public.unaccent'::regdictionary, lower($1))
"""

DERIVE_FROM_SIZES = """
create function backend.derive_from_sizes() returns trigger language plpgsql as $$
declare
    changed int := coalesce(new.product_id, old.product_id);
begin
    update backend.product set
        price_from = coalesce((select min(price) from backend.size where product_id = changed), 0),
        in_stock = exists (select from backend.size where product_id = changed and stock > 0)
    where id = changed;
    return null;
end $$
"""

# A sale moves stock all the time; only what a list shows or filters by is worth a second write.
SIZE_TRIGGERS = (
    """
    create trigger derive_on_change after update on backend.size for each row
    when (old.price <> new.price or (old.stock = 0) <> (new.stock = 0))
    execute function backend.derive_from_sizes()
    """,
    """
    create trigger derive_on_add_or_remove after insert or delete on backend.size for each row
    execute function backend.derive_from_sizes()
    """,
)

TELL_CHANGED = """
create function backend.tell_catalog_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('catalog_changed', '');
    return null;
end $$
"""

TELL_TRIGGERS = (
    """
    create trigger tell_changed after update on backend.product for each row
    when (old.popularity is not distinct from new.popularity) execute function backend.tell_catalog_changed()
    """,
    """
    create trigger tell_added_or_removed after insert or delete on backend.product for each statement
    execute function backend.tell_catalog_changed()
    """,
    """
    create trigger tell_changed after insert or update or delete on backend.category for each statement
    execute function backend.tell_catalog_changed()
    """,
)


def upgrade() -> None:
    op.execute(NORM)
    op.create_table(
        "cart_removal",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_cart_removal")),
        schema="backend",
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("slug", name=op.f("uq_category_slug")),
        schema="backend",
    )
    op.create_table(
        "hold",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state in ('HELD', 'CONFIRMED', 'RELEASED', 'EXPIRED')", name=op.f("ck_hold_state")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_hold")),
        schema="backend",
    )
    op.create_index(
        "ix_hold_expires_at",
        "hold",
        ["expires_at"],
        unique=False,
        schema="backend",
        postgresql_where=sa.text("state = 'HELD'"),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("allergens", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("preview", sa.Text(), nullable=True),
        sa.Column("popularity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("price_from", sa.Integer(), server_default="0", nullable=False),
        sa.Column("in_stock", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "name_key", sa.Text(), sa.Computed("backend.norm(name || ' ' || name_en)", persisted=True), nullable=True
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple', backend.norm(name || ' ' || name_en)), 'A') || setweight(to_tsvector('simple', backend.norm(description || ' ' || description_en)), 'C')",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["category_id"], ["backend.category.id"], name=op.f("fk_product_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("slug", name=op.f("uq_product_slug")),
        schema="backend",
    )
    op.create_index(op.f("ix_product_category_id"), "product", ["category_id"], unique=False, schema="backend")
    op.create_index(
        "ix_product_category_popular",
        "product",
        ["category_id", sa.literal_column("popularity desc"), "id"],
        unique=False,
        schema="backend",
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_product_category_price",
        "product",
        ["category_id", "price_from", "id"],
        unique=False,
        schema="backend",
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_product_facets",
        "product",
        ["category_id", "in_stock", "price_from"],
        unique=False,
        schema="backend",
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_product_name",
        "product",
        ["name_key", "id"],
        unique=False,
        schema="backend",
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_product_name_trigrams",
        "product",
        ["name_key"],
        unique=False,
        schema="backend",
        postgresql_using="gin",
        postgresql_ops={"name_key": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_product_popular",
        "product",
        [sa.literal_column("popularity desc"), "id"],
        unique=False,
        schema="backend",
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_product_price",
        "product",
        ["price_from", "id"],
        unique=False,
        schema="backend",
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index("ix_product_search", "product", ["search"], unique=False, schema="backend", postgresql_using="gin")
    op.create_table(
        "cart_line",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_when_added", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity between 1 and 99", name=op.f("ck_cart_line_quantity")),
        sa.ForeignKeyConstraint(["product_id"], ["backend.product.id"], name=op.f("fk_cart_line_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_line")),
        sa.UniqueConstraint("user_id", "product_id", "size", name=op.f("uq_cart_line_user_id_product_id_size")),
        schema="backend",
    )
    op.create_table(
        "hold_line",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_hold_line_quantity")),
        sa.ForeignKeyConstraint(["order_id"], ["backend.hold.order_id"], name=op.f("fk_hold_line_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["backend.product.id"], name=op.f("fk_hold_line_product_id")),
        sa.PrimaryKeyConstraint("order_id", "product_id", "size", name=op.f("pk_hold_line")),
        schema="backend",
    )
    op.create_table(
        "size",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), server_default="0", nullable=False),
        sa.Column("serves", sa.SmallInteger(), nullable=True),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_size_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_size_stock")),
        sa.ForeignKeyConstraint(["product_id"], ["backend.product.id"], name=op.f("fk_size_product_id")),
        sa.PrimaryKeyConstraint("product_id", "code", name=op.f("pk_size")),
        schema="backend",
    )
    op.execute(DERIVE_FROM_SIZES)
    op.execute(TELL_CHANGED)
    for trigger in (*SIZE_TRIGGERS, *TELL_TRIGGERS):
        op.execute(trigger)

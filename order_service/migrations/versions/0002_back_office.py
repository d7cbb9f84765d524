"""Staff's notes, and the audit log.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shopkit.audit import APPEND_ONLY

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "order_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order_service.orders.id"], name=op.f("fk_order_note_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_note")),
        schema="order_service",
    )
    op.create_index("ix_order_note_order_id", "order_note", ["order_id", "id"], schema="order_service")
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
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        schema="order_service",
    )
    op.create_index(
        "ix_audit_entry_subject_subject_id", "audit_entry", ["subject", "subject_id", "id"], schema="order_service"
    )
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id", "id"], schema="order_service")
    op.execute(APPEND_ONLY.format(schema="order_service"))

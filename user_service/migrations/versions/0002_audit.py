"""The audit log.

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
        schema="user_service",
    )
    op.create_index(
        "ix_audit_entry_subject_subject_id", "audit_entry", ["subject", "subject_id", "id"], schema="user_service"
    )
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id", "id"], schema="user_service")
    op.execute(APPEND_ONLY.format(schema="user_service"))


def downgrade() -> None:
    op.drop_table("audit_entry", schema="user_service")
    op.execute("drop function user_service.refuse_change()")

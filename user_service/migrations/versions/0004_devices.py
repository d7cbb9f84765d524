"""Devices on which somebody has logged in before.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_service.users.id"], name=op.f("fk_devices_user_id")),
        sa.PrimaryKeyConstraint("token_hash", "user_id", name=op.f("pk_devices")),
        schema="user_service",
    )
    op.create_index("ix_devices_user_id", "devices", ["user_id"], schema="user_service")
    op.create_index("ix_devices_last_used_at", "devices", ["last_used_at"], schema="user_service")


def downgrade() -> None:
    op.drop_table("devices", schema="user_service")

"""People, sessions, refresh tokens, signing keys, attempts and the outbox.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

NOW = sa.text("now()")
EMPTY = sa.text("''")

# unaccent() is only STABLE, because its dictionary could be changed; ours is not, and an index needs IMMUTABLE.
FOLD = """
create function user_service.fold(value text) returns text
language sql immutable strict parallel safe
return public.unaccent('public.unaccent'::regdictionary, lower(value))
"""

# Escaped after folding: unaccent turns full-width signs into plain ones, LIKE's wildcards among them.
CONTAINS_PATTERN = r"""
create function user_service.contains_pattern(value text) returns text
language sql immutable strict parallel safe
return '%' || regexp_replace(user_service.fold(value), '([\\%_])', '\\\1', 'g') || '%'
"""

SEARCH_TEXT = (
    "user_service.fold(name || ' ' || coalesce(email, '') || ' ' || phone || ' ' "
    "|| regexp_replace(phone, '[^0-9]', '', 'g'))"
)


def _moment(name: str, *, nullable: bool = False, default: sa.TextClause | None = None) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    op.execute(FOLD)
    op.execute(CONTAINS_PATTERN)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("email", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("phone", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("address", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text()),
        _moment("created_at"),
        sa.Column("search_text", sa.Text(), sa.Computed(SEARCH_TEXT, persisted=True)),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.CheckConstraint("role in ('GUEST', 'CUSTOMER', 'ADMIN')", name=op.f("ck_users_role")),
        sa.CheckConstraint("(role = 'GUEST') = (email is null)", name=op.f("ck_users_guest_without_email")),
        sa.CheckConstraint("(password_hash is null) = (email is null)", name=op.f("ck_users_password_with_email")),
        schema="user_service",
    )
    op.create_index("ix_users_role_id", "users", ["role", "id"], schema="user_service")
    op.create_index(
        "ix_users_registered", "users", ["id"], schema="user_service", postgresql_where=sa.text("email is not null")
    )
    op.create_index(
        "ix_users_search_text",
        "users",
        ["search_text"],
        schema="user_service",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("user_service.users.id"), nullable=False),
        _moment("created_at"),
        _moment("last_seen_at"),
        _moment("expires_at"),
        _moment("ended_at", nullable=True),
        sa.Column("ended_reason", sa.String(32)),
        schema="user_service",
    )
    op.create_index("ix_sessions_user_id_last_seen_at", "sessions", ["user_id", "last_seen_at"], schema="user_service")
    op.create_index(
        "ix_sessions_ended_at",
        "sessions",
        ["ended_at"],
        schema="user_service",
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), sa.ForeignKey("user_service.sessions.id"), nullable=False),
        _moment("created_at"),
        _moment("used_at", nullable=True),
        schema="user_service",
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"], schema="user_service")
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text(), primary_key=True),
        sa.Column("private_key", sa.Text(), nullable=False),
        _moment("created_at"),
        schema="user_service",
    )
    op.create_table(
        "attempts",
        sa.Column("key", sa.Text(), primary_key=True),
        _moment("window_started_at"),
        sa.Column("count", sa.Integer(), nullable=False),
        schema="user_service",
    )
    op.create_index("ix_attempts_window_started_at", "attempts", ["window_started_at"], schema="user_service")
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        _moment("created_at", default=NOW),
        _moment("next_attempt_at", default=NOW),
        sa.Column("last_error", sa.Text()),
        schema="user_service",
    )
    op.create_index("ix_outbox_key_id", "outbox", ["key", "id"], schema="user_service")


def downgrade() -> None:
    for table in ("outbox", "attempts", "signing_keys", "refresh_tokens", "sessions", "users"):
        op.drop_table(table, schema="user_service")
    op.execute("drop function user_service.contains_pattern(text)")
    op.execute("drop function user_service.fold(text)")

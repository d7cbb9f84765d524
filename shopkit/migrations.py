"""Migrations: one Alembic history per service and schema, safe to start from every replica at once."""

import hashlib
import sys
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from shopkit import settings as shop_settings

LOCK_TIMEOUT = "5s"


def config(service: str, database_url: str) -> Config:
    """Return Alembic's configuration of the service package `service`."""
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(service).resolve() / "migrations"))
    alembic.set_main_option("path_separator", "os")
    alembic.attributes["database_url"] = database_url
    return alembic


def upgrade(service: str, database_url: str) -> None:
    """Bring the service's schema to the newest version."""
    command.upgrade(config(service, database_url), "head")


def run(metadata: MetaData) -> None:
    """Run migrations of `metadata`'s schema; called by a service's `migrations/env.py`.

    An advisory lock makes replicas wait for each other; the lock timeout keeps a migration that cannot get its table
    lock from blocking the shop's traffic behind it.
    """
    schema = metadata.schema
    if schema is None:
        raise ValueError("metadata without a schema")
    lock = int.from_bytes(hashlib.blake2b(schema.encode(), digest_size=8).digest(), signed=True)
    url = context.config.attributes["database_url"].replace("postgresql://", "postgresql+psycopg://", 1)
    options = f"-c search_path={schema},public"
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": options})
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": lock})
        if connection.scalar(text("select to_regnamespace(:schema)"), {"schema": schema}) is None:
            # Asked first: `if not exists` wants the right to create even where the schema is there.
            connection.execute(text(f"create schema {schema}"))
        connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        # Alembic leaves the default schema, ours on this search path, unnamed, and would find nothing in it.
        connection.dialect.default_schema_name = "public"
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema=schema,
            include_schemas=True,
            include_name=lambda name, kind, _: kind != "schema" or name == schema,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": lock})
        connection.commit()
    engine.dispose()


def main() -> None:
    """`python -m shopkit.migrations SERVICE`: bring a service's schema to the newest version."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m shopkit.migrations SERVICE")
    upgrade(sys.argv[1], shop_settings.load(shop_settings.ServiceSettings).database_url)


if __name__ == "__main__":
    main()

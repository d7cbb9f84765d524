"""What the services' schemas hold, past their APIs: to set a scene, and to show what a call did or did not change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

SCHEMAS = ("backend", "order_service", "user_service")
"""Of the services. Events arrive in the table of `analytics` by themselves, some time after what they tell of."""


class Tables:
    """A look into every schema, with names in full: `backend.size`. Each statement is its own transaction."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return a query's rows."""
        return self._connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        """Return the one value of the one row that a query finds."""
        [(value,)] = self.rows(query, *values)
        return value

    def run(self, statement: str, *values: Any) -> int:
        """Change something; return how many rows that touched."""
        return self._connection.execute(statement, values).rowcount

    def everything(self, *schemas: str) -> dict[str, list[str]]:
        """Return every row of every table of `schemas`, all when none is named, to be compared with a later look."""
        names = self.rows(
            "select schemaname, tablename from pg_tables where schemaname = any(%s) order by 1, 2",
            list(schemas or SCHEMAS),
        )
        return {f"{schema}.{name}": self._table(schema, name) for schema, name in names}

    def _table(self, schema: str, name: str) -> list[str]:
        query = sql.SQL("select t::text from {} t order by 1").format(sql.Identifier(schema, name))
        return [row for (row,) in self._connection.execute(query)]

    def category(self, slug: str = "mousse", *, name: str | None = None, position: int = 0) -> int:
        """Make sure of a category and return its id."""
        return self._id(
            "insert into backend.category (slug, name, name_en, position) values (%s, %s, %s, %s) "
            "on conflict (slug) do update set slug = excluded.slug returning id",
            *(slug, name or slug.title(), f"{slug} in English", position),
        )

    def product(
        self,
        slug: str,
        *,
        name: str | None = None,
        name_en: str = "",
        description: str = "",
        category: str = "mousse",
        sizes: Mapping[str, tuple[int, int]] | None = None,
        popularity: int = 0,
        archived: bool = False,
    ) -> int:
        """Put a product on the shelf and return its id; `sizes` are prices in VND and stocks by code."""
        product_id = self._id(
            "insert into backend.product (slug, category_id, name, name_en, description, popularity, archived_at) "
            "values (%s, %s, %s, %s, %s, %s, case when %s then now() end) returning id",
            *(slug, self.category(category), name or slug, name_en, description, popularity, archived),
        )
        for position, (code, (price, stock)) in enumerate((sizes or {"M": (299_000, 10)}).items()):
            self.run(
                "insert into backend.size (product_id, code, price, stock, position) values (%s, %s, %s, %s, %s)",
                *(product_id, code, price, stock, position),
            )
        return product_id

    def stock(self, product_id: int, size: str = "M") -> int:
        """Return how many pieces of a size are left."""
        return int(self.one("select stock from backend.size where product_id = %s and code = %s", product_id, size))

    def sold(self, product_id: int) -> int:
        """Return how many pieces of a product have been counted as sold, in its popularity or on the way there."""
        waiting = "select coalesce(sum(pieces), 0) from backend.sold_count where product_id = %s"
        counted = "select popularity from backend.product where id = %s"
        return int(self.one(f"select ({counted}) + ({waiting})", product_id, product_id))

    def set_stock(self, product_id: int, stock: int, size: str = "M") -> None:
        """Set how many pieces of a size are left."""
        self.run("update backend.size set stock = %s where product_id = %s and code = %s", stock, product_id, size)

    def set_price(self, product_id: int, price: int, size: str = "M") -> None:
        """Set what a piece of a size costs, in VND."""
        self.run("update backend.size set price = %s where product_id = %s and code = %s", price, product_id, size)

    def _id(self, statement: str, *values: Any) -> int:
        return int(self.one(statement, *values))


async def empty(url: str, *schemas: str) -> None:
    """Empty the tables of `schemas` and start their numbers anew, waiting for whoever still works in them."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        found = await connection.execute(
            "select schemaname, tablename from pg_tables where schemaname = any(%s) and tablename <> 'alembic_version'",
            (list(schemas),),
        )
        names = [sql.Identifier(schema, name) async for schema, name in found]
        for name in names:
            if name.as_string().endswith('"outbox"'):  # a job that runs now would lock the tables in another order
                await connection.execute(sql.SQL("delete from {}").format(name))
        await connection.execute("set session_replication_role = replica")  # the audit log's trigger looks away
        truncate = sql.SQL("truncate {} restart identity").format(sql.SQL(", ").join(names))
        for is_last in (*[False] * 9, True):
            try:
                await connection.execute(truncate)
            except psycopg.errors.DeadlockDetected:  # with a task of a service, which locks in another order
                if is_last:
                    raise
            else:
                break


@contextmanager
def looking_into(url: str) -> Iterator[Tables]:
    """Give a look into the database at `url`, which must be its superuser's."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield Tables(connection)

"""The catalogue's reads, against a bare FastAPI route on the same server and pgbench running the same SQL."""

import asyncio
from typing import Any

import httpx
import psycopg
from psycopg import AsyncClientCursor

from backend.app import DATABASE_PARAMETERS
from backend.catalog import facets, listing, queries
from backend.catalog.listing import Listing
from tests.bench.load import Call, Result
from tests.bench.place import Place, load
from tests.bench.report import Line

CONNECTIONS = 32
LIST = "/api/products?limit=24"
SEARCHES = ("mousse", "banh dau do", "tiramusu")


class _Recorder:
    """A connection that notes what is asked of it, with the values written in."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self.statements: list[str] = []

    async def execute(self, statement: str, values: Any = None, *, prepare: bool | None = None) -> Any:
        """Note and run a statement."""
        self.statements.append(AsyncClientCursor(self._connection).mogrify(statement, values))
        return await self._connection.execute(statement, values, prepare=prepare)


async def _statements(place: Place) -> dict[str, list[str]]:
    """Return the SQL that each read runs, as the services run it."""
    options = " ".join(f"-c {name}={value}" for name, value in DATABASE_PARAMETERS.items())
    conninfo = {"options": f"-c search_path=backend,public {options}"}
    async with await psycopg.AsyncConnection.connect(place.url("backend"), autocommit=True, **conninfo) as connection:
        found: dict[str, list[str]] = {}

        async def record(name: str, wanted: Listing) -> None:
            recorder: Any = _Recorder(connection)
            match = await listing.find_match(recorder, wanted)
            await listing.items(recorder, wanted, match)
            await facets.read(recorder, wanted, match)
            found[name] = recorder.statements

        await record("list", Listing(limit=24))
        for words in SEARCHES:
            await record(words, Listing(q=words, limit=8))
        found["product"] = [AsyncClientCursor(connection).mogrify(queries.PRODUCT_ON_SALE, {"id": 1, "slug": None})]
        return found


def _said(result: Result) -> str:
    if set(result.statuses) != {"200"}:
        raise RuntimeError(f"answers were {result.statuses}")
    return f"{result.rate:,.0f}/s  p50 {result.p50_ms:.1f}  p99 {result.p99_ms:.0f} ms"


def measure(place: Place, seconds: float) -> list[Line]:
    """Measure list, product and search, cached and not."""
    statements = asyncio.run(_statements(place))
    sql = {name: place.pgbench("backend", those, seconds) for name, those in statements.items()}
    lines: list[Line] = []

    def compare(what: str, url: str, path: str, reference: tuple[str, float], goal: float | None) -> None:
        result = load(url, [Call(path)], connections=CONNECTIONS, seconds=seconds)
        name, rate = reference
        lines.append(Line(what, _said(result), f"{name} {rate:,.0f}/s", result.rate / rate, goal))

    with place.serving("tests.bench.bare:app", {}) as bare:
        hello = load(bare, [Call("/")], connections=CONNECTIONS, seconds=seconds).rate
    with place.serving("backend.app:app", place.environment("backend")) as cached:
        compare("list of 24, cached", cached, LIST, ("bare FastAPI", hello), 0.60)
        compare("product by id, cached", cached, "/api/products/1", ("pgbench", sql["product"]), 0.12)
    with place.serving("backend.app:app", place.environment("backend", CATALOG_CACHE_S="0")) as uncached:
        compare("list of 24, not cached", uncached, LIST, ("pgbench", sql["list"]), 0.35)
        compare("product by id, not cached", uncached, "/api/products/1", ("pgbench", sql["product"]), None)
        for words in SEARCHES:
            path = f"/api/products/search?q={words.replace(' ', '%20')}"
            compare(f"search {words!r}, not cached", uncached, path, ("pgbench", sql[words]), None)
        lines += _pages(uncached, seconds / 2)
    return lines


def _pages(url: str, seconds: float) -> list[Line]:
    """Measure whether a list's time grows with the page asked for."""

    def one_client(path: str) -> float:
        return load(url, [Call(path)], connections=1, seconds=seconds).p50_ms

    total = httpx.get(url + LIST, trust_env=False).json()["total"]
    last = min(total, 10_000) // 24
    first, deep = one_client(LIST), one_client(f"{LIST}&page={last}")
    cursor, reached = None, 0
    while reached < min(total, 5_000) - 100:
        page = httpx.get(
            url + "/api/products", params={"limit": 100, **({"after": cursor} if cursor else {})}, trust_env=False
        )
        cursor, reached = page.json()["next"], reached + 100
    behind = one_client(f"{LIST}&after={cursor}")
    return [
        Line(f"page {last} by number, one client", f"p50 {deep:.1f} ms", f"page 1 {first:.1f} ms", first / deep),
        Line(f"behind item {reached:,} by `after`", f"p50 {behind:.1f} ms", f"page 1 {first:.1f} ms", first / behind),
    ]

"""Orders: contention for the last cakes, and two-line orders against the same SQL called straight from Python."""

import asyncio
import itertools
import json
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from backend.stock import queries as stock
from order_service import locks
from order_service.orders import queries as orders
from shopkit import limits
from tests.bench.load import Call
from tests.bench.place import Place, free_port, load
from tests.bench.report import Line

BUYERS = 16
SHOPPERS = 200
CAKES = 50
PLENTY = 100_000_000


@contextmanager
def services(place: Place) -> Iterator[dict[str, str]]:
    """Run the three services; give their addresses by name."""
    ports = {name: free_port() for name in ("backend", "user_service", "order_service")}
    urls = {f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in ports.items()}
    with (
        place.serving(
            "user_service.app:app", place.environment("user_service", **urls), ports["user_service"]
        ) as users,
        place.serving("backend.app:app", place.environment("backend", **urls), ports["backend"]) as backend,
        place.serving(
            "order_service.app:app", place.environment("order_service", **urls), ports["order_service"]
        ) as shop,
    ):
        yield {"user_service": users, "backend": backend, "order_service": shop}


def _guests(users: str, count: int) -> list[tuple[int, str]]:
    with httpx.Client(base_url=users, trust_env=False) as client:
        sessions = [client.post("/api/auth/guest").raise_for_status().json() for _ in range(count)]
    return [(session["user"]["id"], session["accessToken"]) for session in sessions]


def _call(guest: tuple[int, str], lines: list[dict[str, Any]]) -> Call:
    user_id, token = guest
    body = {
        "userId": user_id,
        "items": lines,
        "totalAmount": sum(line["price"] * line["quantity"] for line in lines),
        "shippingAddress": "123 Main St",
    }
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
    return Call("/api/orders", "POST", headers, json.dumps(body))


def _pair(shelf: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    return sorted(draw.sample(shelf, 2), key=lambda line: (line["productId"], line["size"]))


def _shelf(place: Place) -> list[dict[str, Any]]:
    """Fill up 200 sizes of different products, and return them."""
    with psycopg.connect(place.cluster.url("bench")) as connection:
        connection.execute("update backend.size set stock = 500000 where product_id <= 200")
        rows = connection.execute("select product_id, code, price from backend.size where product_id <= 200").fetchall()
    return [{"productId": p, "size": s, "quantity": 1, "price": price} for p, s, price in rows]


def measure(place: Place, seconds: float) -> list[Line]:
    """Measure the rush for the last cakes, and the rate of two-line orders."""
    shelf = _shelf(place)
    draw = random.Random(1)
    with services(place) as urls:
        guests = _guests(urls["user_service"], SHOPPERS)
        rush = _rush(place, urls, guests, shelf.pop(0))
        calls = [_call(guest, _pair(shelf, draw)) for guest in itertools.islice(itertools.cycle(guests), 12_000)]
        began = time.perf_counter()
        result = load(urls["order_service"], calls, connections=BUYERS, seconds=seconds)
        backlog, age = _drained(place)
        sustained = sum(result.statuses.values()) / (time.perf_counter() - began)
        if set(result.statuses) != {"201"}:
            raise RuntimeError(f"answers were {result.statuses}")
    straight = asyncio.run(_straight(place, shelf, seconds))
    drained = f"{sustained:,.0f}/s  {backlog} waited at the end of the burst, the oldest for {age:.1f} s"
    said = f"{result.rate:,.0f}/s  p50 {result.p50_ms:.1f}  p99 {result.p99_ms:.0f} ms"
    return [
        rush,
        Line("two-line orders, 16 buyers", said, f"same SQL {straight:,.0f}/s", result.rate / straight, 0.50),
        Line("two-line orders until the outbox is empty", drained),
    ]


def _drained(place: Place) -> tuple[int, float]:
    """Wait until every order is confirmed; return how many waited at first, and the oldest's age then, in seconds."""
    waiting = (
        "select count(*), coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 "
        "from order_service.outbox"
    )
    first: tuple[int, float] | None = None
    with psycopg.connect(place.cluster.url("bench"), autocommit=True) as connection:
        while True:
            row = connection.execute(waiting).fetchone()
            assert row is not None  # an aggregate
            first = first or row
            if row[0] == 0:
                return first
            time.sleep(0.05)


def _rush(place: Place, urls: dict[str, str], guests: list[tuple[int, str]], cake: dict[str, Any]) -> Line:
    with psycopg.connect(place.cluster.url("bench")) as connection:
        connection.execute(
            "update backend.size set stock = %s where product_id = %s and code = %s",
            (CAKES, cake["productId"], cake["size"]),
        )
    calls = [_call(guest, [cake]) for guest in guests]
    result = load(urls["order_service"], calls, connections=SHOPPERS, seconds=60, limit=SHOPPERS)
    sold, refused = result.statuses.get("201", 0), result.statuses.get("409", 0)
    said = f"{sold} orders, {refused} told so, p99 {result.p99_ms:.0f} ms"
    exact = float((sold, refused) == (CAKES, SHOPPERS - CAKES))
    return Line(f"{SHOPPERS} shoppers at once for {CAKES} cakes", said, f"exactly {CAKES}", exact, 1.0)


async def _straight(place: Place, shelf: list[dict[str, Any]], seconds: float) -> float:
    """Return how many orders a second the same statements make, called from Python with nothing around them."""

    def pool(role: str) -> AsyncConnectionPool:
        arguments = {"autocommit": True, "options": f"-c search_path={role},public"}
        return AsyncConnectionPool(place.url(role), kwargs=arguments, min_size=6, max_size=6, open=False)

    draw = random.Random(2)
    done = 0
    async with pool("backend") as backend, pool("order_service") as shop:
        until = time.perf_counter() + seconds

        async def buyer(user_id: int) -> None:
            nonlocal done
            while time.perf_counter() < until:
                await _order(backend, shop, user_id, _pair(shelf, draw))
                done += 1

        began = time.perf_counter()
        await asyncio.gather(*(buyer(1_000_000 + n) for n in range(BUYERS)))
        return done / (time.perf_counter() - began)


async def _order(
    backend: AsyncConnectionPool, shop: AsyncConnectionPool, user_id: int, lines: list[dict[str, Any]]
) -> None:
    now = datetime.now(UTC)
    order_id = uuid.uuid4()
    total = sum(line["price"] for line in lines)
    request = {"user_id": user_id, "key": str(order_id), "body_hash": b"x" * 32, "order_id": order_id}
    async with shop.connection() as connection, connection.pipeline(), connection.transaction():
        await connection.execute("set local synchronous_commit = off")
        for key, weight in (("orders_address", 1), (f"orders_person:{user_id}", 1), ("pieces_address", 2)):
            counted = {"key": key, "weight": weight, "window_s": 3_600, "most": PLENTY}
            await connection.execute(limits.COUNT, counted)
    async with shop.connection() as connection:
        await connection.execute(orders.NOTE_REQUEST, request)
        await connection.execute(orders.OPEN_PIECES, {"user_id": user_id})
    hold = {
        "products": [line["productId"] for line in lines],
        "sizes": [line["size"] for line in lines],
        "quantities": [1 for _ in lines],
        "prices": [line["price"] for line in lines],
        "total": total,
        "order_id": order_id,
        "expires_at": now + timedelta(minutes=15),
    }
    async with backend.connection() as connection:
        row = await (await connection.execute(stock.TAKE, hold)).fetchone()
        assert row is not None
        assert row[0] == 1, row
    sold = [
        {
            "product_id": line["productId"], "slug": line["slug"], "name": line["name"], "name_en": line["nameEn"],
            "image": line["image"], "category": line["category"], "size": line["size"],
            "quantity": line["quantity"], "price": line["price"],
        }
        for line in row[1]
    ]  # fmt: skip
    values = {
        "id": order_id, "user_id": user_id, "actor": "CUSTOMER", "fulfilment": "DELIVERY",
        "payment": "CASH_ON_DELIVERY", "contact_name": None, "contact_phone": None, "contact_email": None,
        "shipping_address": "123 Main St", "note": "", "item_count": 2, "total_amount": total, "delivery_fee": 30_000,
        "tracking_token": str(uuid.uuid4()), "open_pieces": PLENTY, "now": now, "lines": Jsonb(sold), "job": Jsonb({}),
        "expected_from": now, "expected_until": now,
    }  # fmt: skip
    async with shop.connection() as connection:
        async with connection.pipeline():
            await connection.execute(locks.PERSON, (user_id,))
            await connection.execute(orders.PLACE, values)
        await connection.execute(orders.READ, {"id": order_id, "person": user_id, "staff": False})

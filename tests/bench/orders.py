"""Orders: contention for the last cakes, and two-line orders against the same SQL called straight from Python."""

import asyncio
import itertools
import json
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from backend.stock import queries as stock
from order_service import locks
from order_service.orders import queries as orders
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
    """Measure the rush for the last cakes, and two-line orders: how fast they are taken, and how fast followed up."""
    shelf = _shelf(place)
    draw = random.Random(1)
    with services(place) as urls:
        guests = _guests(urls["user_service"], SHOPPERS)
        rush = _rush(place, urls, guests, shelf.pop(0))
        calls = [_call(guest, _pair(shelf, draw)) for guest in itertools.islice(itertools.cycle(guests), 24_000)]
        load(urls["order_service"], calls[:2_000], connections=BUYERS, seconds=5.0, limit=200)
        _drained(place)
        with watched(place) as backlog:
            before, began = _cpu(place), time.perf_counter()
            result = load(
                urls["order_service"], calls[2_000:], connections=BUYERS, seconds=seconds, limit=len(calls) - 2_000
            )
            _drained(place)
            took, after = time.perf_counter() - began, _cpu(place)
        if set(result.statuses) != {"201"}:
            raise RuntimeError(f"answers were {result.statuses}")
    straight = asyncio.run(_straight(place, shelf, seconds))
    orders = result.statuses["201"]
    said = f"{result.rate:,.0f}/s  p50 {result.p50_ms:.1f}  p99 {result.p99_ms:.0f} ms"
    cpu = ", ".join(f"{name} {1_000 * (after[name] - before[name]) / orders:.1f}" for name in after)
    return [
        rush,
        Line("two-line orders, 16 buyers", said, f"same SQL {straight:,.0f}/s", result.rate / straight, 0.50),
        Line(
            "two-line orders until the outbox is empty",
            f"{orders / took:,.0f}/s",
            f"burst {result.rate:,.0f}/s",
            orders / took / result.rate,
            0.80,
        ),
        Line("their backlog at its worst", f"{backlog.depth:,} orders, the oldest for {backlog.age:.1f} s"),
        Line("CPU of an order, in ms", cpu),
    ]


@dataclass
class Worst:
    """The most orders that waited, and the longest that one had waited, in seconds."""

    depth: int = 0
    age: float = 0.0


WAITING = """
select count(*), coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 from order_service.outbox
"""


@contextmanager
def watched(place: Place) -> Iterator[Worst]:
    """Watch the outbox until the block ends."""
    worst, done = Worst(), threading.Event()

    def watch() -> None:
        with psycopg.connect(place.cluster.url("bench"), autocommit=True) as connection:
            while not done.wait(0.2):
                row = connection.execute(WAITING).fetchone()
                assert row is not None  # an aggregate
                worst.depth, worst.age = max(worst.depth, row[0]), max(worst.age, row[1])

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield worst
    finally:
        done.set()
        watching.join()


def _drained(place: Place) -> None:
    """Wait until every order has been followed up."""
    with psycopg.connect(place.cluster.url("bench"), autocommit=True) as connection:
        while connection.execute("select exists (select from order_service.outbox)").fetchone() == (True,):
            time.sleep(0.02)


def _cpu(place: Place) -> dict[str, float]:
    """Return the CPU seconds used so far, by part."""
    server = place.cluster.server()
    assert server is not None
    parts: dict[str, list[psutil.Process]] = {"postgres": [server, *server.children(recursive=True)]}
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            for name in ("order_service", "backend"):
                if f"{name}.app:app" in child.cmdline():
                    parts[name] = [child]
    return {name: sum(sum(one.cpu_times()[:2]) for one in found) for name, found in parts.items()}


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
    request = {"user_id": user_id, "key": str(order_id), "body_hash": b"x" * 32, "id": order_id}
    keys = ["orders_address", f"orders_person:{user_id}", "pieces_address"]
    limits = {"keys": keys, "weights": [1, 1, 2], "windows_s": [3_600] * 3, "mosts": [PLENTY] * 3}
    async with shop.connection() as connection:
        await connection.execute(orders.ADMIT, request | limits)
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
        "expected_from": now, "expected_until": now, "hold_s": 900,
    }  # fmt: skip
    async with shop.connection() as connection, connection.pipeline():
        await connection.execute(locks.PERSON, (user_id,))
        await connection.execute(orders.PLACE, values)
        await connection.execute(orders.READ, {"id": order_id, "person": user_id, "staff": False})

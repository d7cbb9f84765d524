"""The whole shop as `./dev up` runs it. People order and cancel all the while; each of its processes is killed (-9), so
is the launcher, and the disk takes nothing for a while. Then the shop comes to rest, and everything must add up."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from launcher import pump, services
from launcher.postgres import Cluster
from launcher.record import Record
from shopkit.provision import DATABASE
from tests.support import invariants
from tests.support.cluster import scratch_folder
from tests.support.launched import environment_of, opened, pids, url
from tests.support.processes import ENVIRONMENT, is_alive
from tests.support.tables import looking_into

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first]

SHOPPERS = 4
PAUSE_S = 0.1
FULL_DISK_S = float(os.environ.get("FULL_DISK_S", "4"))
BACK_S = 60
STOCK = 5_000


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as scratch:
        yield scratch


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    return environment_of(folder, **ENVIRONMENT, SWEEP_SECONDS="0.2")


@dataclass
class Shoppers:
    """People who order one cake after the other and give up on none; now and then one changes their mind."""

    http: httpx.AsyncClient
    environment: dict[str, str]
    item: dict[str, Any]
    placed: dict[str, str] = field(default_factory=dict)
    """Orders that were answered, by the key under which they were placed."""
    cancelled: set[str] = field(default_factory=set)
    """Orders whose cancellation was answered."""
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)
    _closing: bool = False

    async def leave(self) -> None:
        """Let everybody finish what they are about, and go."""
        self._closing = True
        await asyncio.gather(*self.tasks)

    async def buy(self) -> None:
        guest = await self.insist("user_service", "/api/auth/guest", {})
        headers = {"Authorization": f"Bearer {guest['accessToken']}"}
        body = {
            "userId": guest["user"]["id"],
            "items": [self.item],
            "totalAmount": self.item["price"],
            "shippingAddress": "1 Hàng Bài",
        }
        while not self._closing:
            key = uuid.uuid4().hex
            order = await self.insist("order_service", "/api/orders", headers | {"Idempotency-Key": key}, body)
            self.placed[key] = order["id"]
            if len(self.placed) % 5 == 0:
                await self.insist("order_service", f"/api/orders/{order['id']}/cancel", headers)
                self.cancelled.add(order["id"])
            await asyncio.sleep(PAUSE_S)

    async def insist(self, service: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
        """Call until there is an answer, as the storefront and its buyers do."""
        address = f"http://127.0.0.1:{self.environment[f'{service.upper()}_PORT']}{path}"
        while True:
            try:
                answer = await self.http.post(address, headers=headers, json=body)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_S)
                continue
            if answer.is_success:
                return answer.json()
            assert answer.status_code in {502, 503, 504}, answer.text
            await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def ordering(environment: dict[str, str]) -> AsyncIterator[Shoppers]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        [cake] = (await http.get(f"{url(environment, services.BACKEND)}/api/products?limit=1")).json()["items"]
        size = cake["sizes"][0]
        item = {"productId": cake["id"], "quantity": 1, "size": size["size"], "price": size["price"]}
        shoppers = Shoppers(http, environment, item)
        shoppers.tasks += [asyncio.create_task(shoppers.buy()) for _ in range(SHOPPERS)]
        try:
            yield shoppers
            await shoppers.leave()
        finally:
            for task in shoppers.tasks:
                task.cancel()


async def until(condition: Callable[[], bool], what: str | Callable[[], str], seconds: float = BACK_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what() if callable(what) else what
        await asyncio.sleep(0.05)


async def sold_some(shoppers: Shoppers, more: int = 5) -> None:
    """Wait until orders go through again."""
    wanted = len(shoppers.placed) + more
    await until(lambda: len(shoppers.placed) >= wanted, "nothing can be ordered")


def writer_of(launcher: int, service: str) -> int:
    [writer] = [
        child.pid
        for child in psutil.Process(launcher).children()
        if pump.__file__ in child.cmdline() and child.cmdline()[-1].endswith(f"{service}.log")
    ]
    return writer


def checkpointer_of(server: int) -> int:
    """Return one of PostgreSQL's processes that is sure to live."""
    [found] = [child.pid for child in psutil.Process(server).children() if "checkpointer" in " ".join(child.cmdline())]
    return found


def family(folder: Path) -> list[psutil.Process]:
    """Return every process of the shop."""
    found = []
    launcher = Record(folder).launcher_pid()
    for leader in (psutil.Process(launcher) if launcher else None, Cluster(folder / "postgres").server()):
        with suppress(psutil.NoSuchProcess):
            found += [leader, *leader.children(recursive=True)] if leader else []
    return found


def limit_files(folder: Path, size: int) -> None:
    """Let no process of the shop write to a file beyond `size` bytes, as on a full disk."""
    for process in family(folder):
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            account = {"user": process.uids().real, "group": process.gids().real} if os.geteuid() == 0 else {}
            limit = "unlimited" if size == resource.RLIM_INFINITY else str(size)
            subprocess.run(
                ["prlimit", f"--pid={process.pid}", f"--fsize={limit}:"],
                check=False,
                stderr=subprocess.DEVNULL,
                **account,
            )


def limited(folder: Path) -> bool:
    def is_limited(process: psutil.Process) -> bool:
        try:
            limits = Path(f"/proc/{process.pid}/limits").read_text()
        except OSError:
            return False
        return any(line.split()[3] != "unlimited" for line in limits.splitlines() if line.startswith("Max file size"))

    return any(is_limited(process) for process in family(folder))


def completed(folder: Path) -> list[dict[str, Any]]:
    """Return the events of completed orders in the logs."""
    lines = [
        line
        for log in (folder / "logs").glob("order_service*.log")
        for line in log.read_text(encoding="utf-8").splitlines()
        if '"Order Completed"' in line
    ]
    return [event for event in map(json.loads, lines) if event.get("name") == "Order Completed"]


async def one_after_the_other(folder: Path, shoppers: Shoppers) -> None:
    """Kill every process but the launcher, each when orders go through again after the one before."""
    printed = folder / "printed"
    names = [service.name for service in services.ALL]
    for name in names:
        await kill(lambda name=name: pids(folder)[name])
        await sold_some(shoppers)
    await kill(lambda: writer_of(pids(folder)["launcher"], "order_service"))
    await sold_some(shoppers)
    await kill(lambda: checkpointer_of(pids(folder)["postgres"]))  # the server recovers by itself
    await sold_some(shoppers)
    await kill(lambda: pids(folder)["postgres"])
    await sold_some(shoppers)
    for said in (
        *(f"{name} answers again" for name in names),
        "order_service.log has ended",
        "PostgreSQL answers again",
    ):
        await until(lambda said=said: said in printed.read_text(), f"nobody says: {said}")


async def kill(pid_of: Callable[[], int]) -> None:
    pid = pid_of()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not is_alive(pid), f"process {pid} lives")


async def a_full_disk(folder: Path, shoppers: Shoppers) -> None:
    """Let nothing be written for `FULL_DISK_S`, and then everything again."""
    await sold_some(shoppers)
    server = pids(folder)["postgres"]
    limit_files(folder, 0)
    assert limited(folder)
    await asyncio.sleep(FULL_DISK_S)
    while limited(folder):  # those that are just being started inherit it
        limit_files(folder, resource.RLIM_INFINITY)
        await asyncio.sleep(0.05)
    await sold_some(shoppers)
    printed = (folder / "printed").read_text()
    assert "order_service.log is written again; no line is lost" in printed
    assert pids(folder)["postgres"] != server  # it could not write, and ended


if sys.platform == "linux":

    @pytest.mark.timeout(600)  # on a machine that has to build the storefront first
    async def test_nothing_is_lost_doubled_or_oversold_whatever_dies(environment: dict[str, str], folder: Path) -> None:
        cluster = Cluster(folder / "postgres")
        with opened(environment) as (launcher, _):
            with looking_into(cluster.url(DATABASE)) as tables:
                tables.run("update backend.size set stock = %s", STOCK)
                tables.run("truncate backend.stock_move")
                start = invariants.stocks(tables)
            async with ordering(environment) as shoppers:
                await one_after_the_other(folder, shoppers)
                await a_full_disk(folder, shoppers)
                launcher.kill()
                launcher.wait()
                with opened(environment):
                    await sold_some(shoppers)
                    await shoppers.leave()
                    await until_at_rest(cluster)
                    with looking_into(cluster.url(DATABASE)) as tables:
                        written = {str(order) for (order,) in tables.rows("select id from order_service.orders")}
                        assert set(shoppers.placed.values()) <= written
                        assert len(set(shoppers.placed.values())) == len(shoppers.placed) >= 50
                        cancelled = tables.rows("select id from order_service.orders where status = 'CANCELLED'")
                        assert shoppers.cancelled <= {str(order) for (order,) in cancelled}
                        assert len(shoppers.cancelled) > 5
                        await until(
                            lambda: not invariants.broken(tables, start, completed(folder)),
                            lambda: "\n".join(invariants.broken(tables, start, completed(folder))),
                        )

    async def until_at_rest(cluster: Cluster) -> None:
        with looking_into(cluster.url(DATABASE)) as tables:
            waiting = "select (select count(*) from order_service.outbox) + (select count(*) from user_service.outbox)"
            await until(lambda: tables.one(waiting) == 0, "the outboxes do not empty")
            # What was held for an order that never came goes back when its time is over: now.
            tables.run("update backend.hold set expires_at = now() - interval '1 minute' where state = 'HELD'")

"""How the shop's processes are looked at: the services from outside, the storefront from inside."""

import asyncio
import time
from collections.abc import Callable
from functools import cache

import httpx

from shopkit.client import ServiceClient
from storefront.clients import wiring
from storefront.monitoring.readings import Reading, parse
from storefront.monitoring.sampler import Look, Sampler
from storefront.monitoring.samples import Health
from storefront.monitoring.verdicts import TASK_WELL
from storefront.settings import get_settings

TIMEOUT = httpx.Timeout(2.0, connect=1.0)
TABS = "storefront_tabs"
STARTED = time.time()

_count_tabs: list[Callable[[], int]] = []


def count_tabs(count: Callable[[], int]) -> None:
    """Tell how the tabs connected to this process are counted."""
    _count_tabs[:] = [count]


def look_at(service: ServiceClient) -> Look:
    """Return the way to look at a service: whether it is ready, and its metrics."""

    async def look() -> tuple[Health, Reading | None]:
        try:
            ready, metrics = await asyncio.gather(service.http.get("/readyz"), service.http.get("/metrics"))
        except httpx.HTTPError:
            return Health.DOWN, None
        if not metrics.is_success:
            return Health.DOWN, None
        return _health(ready), parse(metrics.text)

    return look


def _health(ready: httpx.Response) -> Health:
    # With its database it serves, even while a task of it is down: that is told by its metrics.
    if ready.is_success or '"database":"ok"' in ready.text:
        return Health.UP
    return Health.DRAINING if "draining" in ready.text else Health.DATABASE


async def look_at_own() -> tuple[Health, Reading | None]:
    """Look at this process. It answers, or nobody would see it."""
    gauges = {TABS: float(sum(count() for count in _count_tabs))}
    for task in wiring.tasks().tasks.values():
        gauges[f"{TASK_WELL}{task.name}}}"] = float(task.trouble is None)
    return Health.UP, Reading(version=get_settings().version, started=STARTED, gauges=gauges)


@cache
def sampler() -> Sampler:
    """Return the process's one sampler."""
    settings = get_settings()
    urls = {
        "backend": settings.backend_url,
        "order_service": settings.order_service_url,
        "user_service": settings.user_service_url,
    }
    services = {name: look_at(ServiceClient(name, url, timeout=TIMEOUT)) for name, url in urls.items()}
    return Sampler({"storefront": look_at_own, **services})

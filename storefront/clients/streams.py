"""Server-sent events of the services."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import TypeVar

import httpx

from shopkit import tasks
from shopkit.client import ServiceClient, ServiceProblem, ServiceUnavailable

HEARTBEAT_TIMEOUT_S = 40.0
"""The services send something at least every 15 s; a stream silent for longer than this is dead."""

RETRY_DELAYS_S = (1, 2, 4, 8, 15, 30)
"""How long a page waits before each further try of what a service does not give; the last again and again."""

T = TypeVar("T")

STREAM_TIMEOUT = httpx.Timeout(5.0, connect=2.0, read=HEARTBEAT_TIMEOUT_S)

GATHER_S = 0.15
"""Changes that follow one another within this time are told together: a rush must not flood a page."""


async def server_sent(
    service: ServiceClient, path: str, *, token: str = "", params: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[str, str]]:
    """Yield each event of a stream as (name, data), until it breaks.

    Raises:
        ServiceProblem: the service refuses the stream.
        ServiceUnavailable: it cannot be reached, it went away, or it has been silent for too long.
    """
    headers = {"Accept": "text/event-stream"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        async with service.http.stream(
            "GET", path, headers=headers, params=params or {}, timeout=STREAM_TIMEOUT
        ) as response:
            if response.status_code >= 500:
                raise ServiceUnavailable(service.service)
            if not response.is_success:
                raise ServiceProblem(response.status_code, "stream_refused", "The stream was refused.", {})
            async for event in _events(response.aiter_lines()):
                yield event
    except httpx.TransportError:
        raise ServiceUnavailable(service.service) from None
    raise ServiceUnavailable(service.service)


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str]]:
    """Yield (event name, data) of a text/event-stream; comments and unfinished events are dropped."""
    name, data = "message", list[str]()
    async for line in lines:
        tasks.beat()  # heartbeats too are a sign of life
        if line == "":
            if data:
                yield name, "\n".join(data)
            name, data = "message", []
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)


async def batches(source: AsyncIterator[T], gather_s: float = GATHER_S) -> AsyncIterator[list[T]]:
    """Yield what comes out of `source` in lists of what came within `gather_s`; raises what it raises."""
    queue: asyncio.Queue[list[T]] = asyncio.Queue()
    end: list[T] = []

    async def pump() -> None:
        try:
            async for item in source:
                queue.put_nowait([item])
        finally:
            queue.put_nowait(end)

    pumping = asyncio.create_task(pump())
    try:
        while first := await queue.get():
            batch = [*first]
            await asyncio.sleep(gather_s)
            while not queue.empty() and (item := queue.get_nowait()):
                batch += item
            yield batch
            if pumping.done() and queue.empty():
                break
        await pumping
    finally:
        pumping.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await pumping

"""What the storefront's processes know together: in Valkey when there are several, else in this process's memory.

Nothing in it has to last: what must is kept by the services.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol, cast

from redis.asyncio import Redis

from shopkit import tasks

PREFIX = "sweetdream:"
KEPT = f"{PREFIX}kept"
SEEN_S = 1.0
TIMEOUT_S = 2.0
"""Somebody is waiting at the page."""


class Shared(Protocol):
    """What any process may ask and the others see."""

    async def first(self, name: str, seconds: int) -> bool:
        """Tell whether nobody has said `name` within `seconds`; from now on somebody has."""
        ...

    async def lives(self, process: str) -> bool:
        """Tell whether the process with that id still runs."""
        ...

    async def be_seen(self, process: Callable[[], str]) -> None:
        """Show, for as long as this runs, that the process with that id does."""
        ...

    async def keep(self, name: str, value: str) -> None:
        """Keep a value until it is dropped."""
        ...

    async def drop(self, name: str) -> None:
        """Keep it no longer."""
        ...

    async def kept(self) -> dict[str, str]:
        """Return all that is kept."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Memory:
    """For a storefront of one process."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._kept: dict[str, str] = {}

    async def first(self, name: str, seconds: int) -> bool:
        """Tell whether nobody has said `name` within `seconds`; from now on somebody has."""
        now = time.monotonic()
        self._said = {said: until for said, until in self._said.items() if until > now}
        if name in self._said:
            return False
        self._said[name] = now + seconds
        return True

    async def lives(self, process: str) -> bool:
        """Say that it does: there is only this one, which asks."""
        return True

    async def be_seen(self, process: Callable[[], str]) -> None:
        """Wait for ever: nobody looks."""
        while True:
            await tasks.pause(SEEN_S)

    async def keep(self, name: str, value: str) -> None:
        """Keep a value until it is dropped."""
        self._kept[name] = value

    async def drop(self, name: str) -> None:
        """Keep it no longer."""
        self._kept.pop(name, None)

    async def kept(self) -> dict[str, str]:
        """Return all that is kept."""
        return dict(self._kept)

    async def close(self) -> None:
        """Nothing to close."""


class Valkey:
    """For storefronts of several processes."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)

    async def first(self, name: str, seconds: int) -> bool:
        """Tell whether nobody has said `name` within `seconds`; from now on somebody has."""
        return bool(await self._redis.set(f"{PREFIX}said:{name}", b"", nx=True, ex=seconds))

    async def lives(self, process: str) -> bool:
        """Tell whether the process with that id still listens; one that was killed does no more, from that moment."""
        [(_, listeners)] = await cast("Any", self._redis.pubsub_numsub(_channel(process)))
        return bool(listeners)

    async def be_seen(self, process: Callable[[], str]) -> None:
        """Show, for as long as this runs, that the process with that id does."""
        async with self._redis.pubsub() as pubsub:
            known = ""
            while True:
                if (current := process()) != known:  # Reflex gives the process its id when it begins to serve
                    await pubsub.subscribe(_channel(current))
                    known = current
                await pubsub.get_message(ignore_subscribe_messages=True, timeout=0)
                await pubsub.ping()
                tasks.beat()
                await tasks.pause(SEEN_S)

    async def keep(self, name: str, value: str) -> None:
        """Keep a value until it is dropped."""
        await cast("Any", self._redis.hset(KEPT, name, value))

    async def drop(self, name: str) -> None:
        """Keep it no longer."""
        await cast("Any", self._redis.hdel(KEPT, name))

    async def kept(self) -> dict[str, str]:
        """Return all that is kept."""
        kept: dict[bytes, bytes] = await cast("Any", self._redis.hgetall(KEPT))
        return {name.decode(): value.decode() for name, value in kept.items()}

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _channel(process: str) -> str:
    return f"{PREFIX}process:{process}"

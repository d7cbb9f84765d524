"""A load balancer without sticky sessions: connections go by turns, those of open pages to whom has the fewest."""

import asyncio
import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.beside import beside
from tests.support.ports import free_port


@dataclass
class Balancer:
    """Listens at `port`; `targets` are ports of this machine. `pages` counts each target's open websockets."""

    targets: list[int] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    pages: Counter[int] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Pass connections on until `stop` is set."""
        turns = itertools.count()
        open_now: set[asyncio.StreamWriter] = set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.read(65536)
            is_page = head.startswith(b"GET /_event")
            first = next(turns) % len(self.targets)
            order = [*self.targets[first:], *self.targets[:first]]
            if is_page:
                order.sort(key=lambda target: self.pages[target])
            for target in order:
                with suppress(OSError):
                    back_reader, back_writer = await asyncio.open_connection("127.0.0.1", target)
                    open_now.update({writer, back_writer})
                    back_writer.write(head)
                    self.pages[target] += is_page
                    await asyncio.gather(_pass(reader, back_writer), _pass(back_reader, writer))
                    self.pages[target] -= is_page
                    open_now.difference_update({writer, back_writer})
                    return
            writer.close()

        server = await asyncio.start_server(take, "127.0.0.1", self.port)
        ready.set()
        await stop.wait()
        server.close()
        for writer in open_now:
            writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
        await writer.wait_closed()


@contextmanager
def balancer() -> Iterator[Balancer]:
    """Run a balancer beside the test; its targets may be added later."""
    balancing = Balancer()
    with beside(balancing.serve, "balancer"):
        yield balancing

"""A relay between two services that can spoil the answers: late, cut in half, or none at all."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.support.beside import beside
from tests.support.ports import free_port

Trouble = Literal["slow", "half", "silent"]


@dataclass
class Relay:
    """Passes HTTP on to a port of this machine. `trouble` befalls answers to requests that begin as `spoiled` says."""

    spoiled: tuple[bytes, ...]
    target: int = 0
    port: int = field(default_factory=free_port)
    trouble: Trouble | None = None
    delay_s: float = 1.0
    hits: int = 0
    """Requests that met with trouble."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Pass connections on until `stop` is set."""
        open_now: set[asyncio.StreamWriter] = set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            open_now.add(writer)
            await self._take(reader, writer)
            open_now.discard(writer)

        server = await asyncio.start_server(take, "127.0.0.1", self.port)
        ready.set()
        await stop.wait()
        server.close()
        for writer in open_now:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        with suppress(OSError):
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self.target)
            writers.append(back_writer)
            meets = asyncio.Event()
            await asyncio.gather(
                self._ask(reader, back_writer, meets), self._answer(back_reader, writer, meets), return_exceptions=True
            )
        for one in writers:
            with suppress(OSError):
                one.close()
                await one.wait_closed()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, meets: asyncio.Event) -> None:
        while data := await reader.read(2**20):
            if data.startswith(b"POST "):
                meets.clear()
                if self.trouble is not None and data.startswith(self.spoiled):
                    self.hits += 1
                    meets.set()
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, meets: asyncio.Event) -> None:
        while data := await reader.read(2**20):
            if meets.is_set() and self.trouble == "silent":
                continue
            if meets.is_set() and self.trouble == "slow":
                await asyncio.sleep(self.delay_s)
            if meets.is_set() and self.trouble == "half":
                writer.write(data[: len(data) // 2])
                break
            writer.write(data)
            await writer.drain()
        writer.close()


@contextmanager
def relay(*spoiled: bytes) -> Iterator[Relay]:
    """Run a relay beside the test; its target may be set later."""
    relaying = Relay(spoiled)
    with beside(relaying.serve, "relay"):
        yield relaying

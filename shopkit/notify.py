"""PostgreSQL LISTEN: one connection a process, any number of channels, reconnecting for ever.

NOTIFY reaches every instance of every service at once and only for committed transactions, which is why it, and no
message broker, carries the shop's small signals. It may be missed while reconnecting: each channel's `resync` is
called after every (re)connection to catch up.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection, sql

from shopkit import log

RECONNECT_DELAYS_S = (0.1, 0.5, 1.0, 2.0, 5.0)


async def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Channel:
    """A channel to listen to: `on_message` gets each payload, `resync` runs after each (re)connection."""

    name: str
    on_message: Callable[[str], None]
    resync: Callable[[], Awaitable[None]] = _nothing


class Listener:
    """Listens to `channels` until it is stopped."""

    def __init__(self, conninfo: str, channels: list[Channel]) -> None:
        self._conninfo = conninfo
        self._channels = {channel.name: channel for channel in channels}
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled."""
        failures = 0
        while True:
            try:
                async with await self._connect() as connection:
                    await self._listen(connection)
            except psycopg.Error as error:
                log.get().warning("listener_disconnected", error=str(error))
            if self.connected.is_set():
                failures = 0
            self.connected.clear()
            await asyncio.sleep(RECONNECT_DELAYS_S[min(failures, len(RECONNECT_DELAYS_S) - 1)])
            failures += 1

    async def _connect(self) -> AsyncConnection:
        connecting = asyncio.ensure_future(
            AsyncConnection.connect(
                self._conninfo, autocommit=True, application_name="listener", connect_timeout=3, keepalives_idle=30
            )
        )
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # Cut off half-way, the socket would stay open until the garbage collector finds it, and PostgreSQL would
            # wait a minute for its password; whatever needs all backends' attention (DROP DATABASE) waits with it.
            with suppress(psycopg.OperationalError):
                await (await connecting).close()
            raise

    async def _listen(self, connection: AsyncConnection) -> None:
        for name in self._channels:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(name)))
        self.connected.set()
        catching_up = [asyncio.create_task(_catch_up(channel)) for channel in self._channels.values()]
        try:
            async for notification in connection.notifies():
                channel = self._channels[notification.channel]
                try:
                    channel.on_message(notification.payload)
                except Exception:
                    log.get().exception("listener_message_failed", channel=channel.name)
        finally:
            for task in catching_up:
                task.cancel()


async def _catch_up(channel: Channel) -> None:
    """Run a channel's resync until it works: what it needs may start after us. Live messages do not wait for it."""
    for failures in itertools.count():
        try:
            await channel.resync()
        except Exception as error:
            log.get().warning("listener_resync_failed", channel=channel.name, error=str(error))
            await asyncio.sleep(RECONNECT_DELAYS_S[min(failures, len(RECONNECT_DELAYS_S) - 1)])
        else:
            return

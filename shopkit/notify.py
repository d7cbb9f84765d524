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
from psycopg import sql

from shopkit import log, tasks
from shopkit.db import PatientConnection

RECONNECT_DELAYS_S = (0.1, 0.5, 1.0)
"""Short: until it is connected again, a process accepts tokens of sessions that have ended."""
RESYNC_DELAYS_S = (0.1, 0.5, 1.0, 2.0, 5.0)
CHECK_S = 5.0
"""How often a connection on which nothing comes is asked whether it still lives."""
ANSWER_S = 3.0
"""How long it may take to answer that."""


async def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Channel:
    """A channel to listen to: `on_message` gets each payload, `resync` runs after each (re)connection."""

    name: str
    on_message: Callable[[str], None]
    resync: Callable[[], Awaitable[None]] = _nothing


class Listener:
    """Listens to `channels` until it is stopped.

    A silent connection is checked every `check_s` seconds, and replaced unless it answers within `answer_s`.
    """

    def __init__(
        self, conninfo: str, channels: list[Channel], check_s: float = CHECK_S, answer_s: float = ANSWER_S
    ) -> None:
        self._conninfo = conninfo
        self._answer_s = answer_s
        self._check_s = check_s
        self._channels = {channel.name: channel for channel in channels}
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled. As a supervised task it makes progress for as long as it is connected."""
        failures = 0
        while True:
            try:
                async with await self._connect() as connection:
                    await self._listen(connection)
            except* psycopg.Error as errors:
                log.get().warning("listener_disconnected", error=str(errors.exceptions[0]))
            if self.connected.is_set():
                failures = 0
            self.connected.clear()
            await asyncio.sleep(RECONNECT_DELAYS_S[min(failures, len(RECONNECT_DELAYS_S) - 1)])
            failures += 1

    async def _connect(self) -> PatientConnection:
        connecting = asyncio.ensure_future(
            PatientConnection.connect(
                self._conninfo, autocommit=True, application_name="listener", connect_timeout=2, keepalives_idle=30
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

    async def _listen(self, connection: PatientConnection) -> None:
        connection.answer_s = self._answer_s
        for name in self._channels:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(name)))
        self.connected.set()
        async with asyncio.TaskGroup() as catching_up:
            running = [catching_up.create_task(_catch_up(channel)) for channel in self._channels.values()]
            try:
                while True:
                    tasks.beat()
                    async for notification in connection.notifies(timeout=self._check_s):
                        self._hand_on(notification)
                    await connection.execute("select 1")
            finally:
                for task in running:
                    task.cancel()

    def _hand_on(self, notification: psycopg.Notify) -> None:
        tasks.beat()
        channel = self._channels[notification.channel]
        try:
            channel.on_message(notification.payload)
        except Exception:
            log.get().exception("listener_message_failed", channel=channel.name)


async def _catch_up(channel: Channel) -> None:
    """Run a channel's resync until it works: what it needs may start after us. Live messages do not wait for it."""
    for failures in itertools.count():
        try:
            await channel.resync()
        except Exception as error:
            log.get().warning("listener_resync_failed", channel=channel.name, error=str(error))
            await asyncio.sleep(RESYNC_DELAYS_S[min(failures, len(RESYNC_DELAYS_S) - 1)])
        else:
            return

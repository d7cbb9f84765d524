"""What changed in the catalogue, told to everyone who watches.

The database tells every instance which products changed, in the transaction that changed them (`CHANGED_CHANNEL`). An
instance forgets its cached answers first, so that whoever then asks finds the new ones, and hands the word on. Stock
that only became less or more is told by the instance that moved it, and no oftener than once in `EVERY_S`: at a rush of
orders everybody would otherwise do nothing but listen.
"""

import asyncio
from collections.abc import Collection
from contextlib import AbstractContextManager

from backend.catalog.cache import CHANGED_CHANNEL, AnswerCache
from shopkit import log, tasks
from shopkit.contracts.catalog import CatalogChanged
from shopkit.db import Database
from shopkit.streams import Watchers

EVERY_S = 1.0
IDLE_S = 60.0
MOST_NAMED = 500
"""Products named in one message; more count as all. PostgreSQL takes 8,000 bytes."""
TELL = "select pg_notify(%s, %s)"


class Watcher:
    """One open stream. Changes that it has not fetched yet are put together, so it can never lag far behind."""

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._all = False
        self._missed = False
        self._news = asyncio.Event()
        self.ended = False

    def end(self) -> None:
        """Tell whoever follows that there is nothing more to come."""
        self.ended = True
        self.miss()

    def put(self, ids: Collection[int]) -> None:
        """Note that these products changed, or all when there are none."""
        self._ids.update(ids)
        self._all = self._all or not ids or len(self._ids) > MOST_NAMED
        self._news.set()

    def miss(self) -> None:
        """Note that changes may have been missed."""
        self._missed = True
        self._news.set()

    async def next(self) -> CatalogChanged | None:
        """Return what changed since the last call, as soon as there is something; None stands for "read anew"."""
        await self._news.wait()
        self._news.clear()
        ids, everything, missed = sorted(self._ids), self._all, self._missed
        self._ids, self._all, self._missed = set(), False, False
        return None if missed else CatalogChanged(product_ids=[] if everything else ids)


class CatalogNews:
    """All open streams of this process."""

    def __init__(self, answers: AnswerCache) -> None:
        self._answers = answers
        self.watchers: Watchers[Watcher] = Watchers()

    def watch(self, caller: str = "") -> AbstractContextManager[Watcher]:
        """Give a watcher that is fed until the block ends. Raises TooManyStreams."""
        return self.watchers.watching(Watcher(), caller)

    def on_message(self, payload: str) -> None:
        """Take a notification from PostgreSQL: ids with commas between, or nothing for all products."""
        self._answers.clear()
        ids = [int(each) for each in payload.split(",") if each]
        for watcher in self.watchers:
            watcher.put(ids)

    async def resync(self) -> None:
        """Forget everything and tell everyone to read anew: notifications may have been missed."""
        self._answers.clear()
        for watcher in self.watchers:
            watcher.miss()


class StockNews:
    """Tells that stock moved: at once, but not again before `every_s` have passed."""

    def __init__(self, database: Database, every_s: float = EVERY_S) -> None:
        self._database = database
        self._every_s = every_s
        self._moved: set[int] = set()
        self._news = asyncio.Event()

    def moved(self, product_ids: Collection[int]) -> None:
        """Note products whose stock moved, in a transaction that is committed."""
        if product_ids:
            self._moved.update(product_ids)
            self._news.set()

    async def tell_for_ever(self) -> None:
        """Tell until cancelled."""
        while True:
            while not self._news.is_set():
                await tasks.pause(IDLE_S, self._news)
            self._news.clear()
            ids, self._moved = self._moved, set()
            named = ",".join(map(str, sorted(ids))) if len(ids) <= MOST_NAMED else ""
            try:
                async with self._database.pool.connection() as connection:
                    await connection.execute(TELL, (CHANGED_CHANNEL, named))
            except Exception:
                log.get().exception("stock_news_failed")
                self.moved(ids)  # to be told at the next try
                await tasks.back_off(self._every_s)
            else:
                await tasks.pause(self._every_s)

"""Limits on attempts, counted in PostgreSQL so that all instances share them."""

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta

from shopkit.clock import Clock
from shopkit.db import Database
from shopkit.errors import RateLimited
from user_service.limits import repository


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts in a window of `window_s` seconds, which begins with the first."""

    name: str
    most: int
    window_s: int


class Limiter:
    """Counts attempts. An attempt is counted before it is made, so that many at once cannot slip through together."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def attempt(self, limit: Limit, subject: str) -> None:
        """Count an attempt of `subject`.

        Raises:
            RateLimited: there have been too many; it says when to try again.
        """
        now = self._clock.now()
        window = timedelta(seconds=limit.window_s)
        async with self._database.pool.connection() as connection:
            count, started_at = await repository.count(connection, _key(limit, subject), now, now - window, limit.most)
        if count > limit.most:
            raise RateLimited(max(1, math.ceil((started_at + window - now).total_seconds())))

    async def take_back(self, limit: Limit, subject: str) -> None:
        """Do not count one attempt of `subject` after all: it was an honest one."""
        async with self._database.pool.connection() as connection:
            await repository.take_back(connection, _key(limit, subject))

    async def forget(self, limit: Limit, subject: str) -> None:
        """Forget all attempts of `subject`."""
        async with self._database.pool.connection() as connection:
            await repository.forget(connection, _key(limit, subject))


def _key(limit: Limit, subject: str) -> str:
    return f"{limit.name}:{hashlib.sha256(subject.encode()).hexdigest()}"

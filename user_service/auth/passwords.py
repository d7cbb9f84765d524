"""Passwords: Argon2id; bcrypt hashes from before are verified and upgraded at the next login."""

import unicodedata
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from passlib.context import CryptContext  # type: ignore[import-untyped]

T = TypeVar("T")

BCRYPT_BYTES = 72
"""bcrypt never looked further; hashes of longer passwords were made of their beginning."""

MEMORY_KIB = 19_456
PASSES = 2
"""What OWASP's password storage cheat sheet asks of Argon2id with one lane."""

THREADS = 2
"""Hashes worked out at once: each takes 19 MiB and a core for 20 ms."""


def normalise(password: str) -> str:
    """Return `password` as it is hashed: NFC, so that it is the same from every keyboard; otherwise as typed."""
    return unicodedata.normalize("NFC", password)


class Passwords:
    """Hashes and verifies in threads, so that the service answers others meanwhile."""

    def __init__(self) -> None:
        self.context = CryptContext(
            schemes=["argon2", "bcrypt_sha256", "bcrypt"],
            deprecated="auto",
            argon2__memory_cost=MEMORY_KIB,
            argon2__time_cost=PASSES,
            argon2__parallelism=1,
        )
        self._limiter = anyio.CapacityLimiter(THREADS)

    async def hash(self, password: str) -> str:
        """Return a hash of `password`."""
        return await self._in_thread(lambda: str(self.context.hash(normalise(password))))

    async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
        """Return whether `password` has the hash `known`, and a better hash if that one is of an old kind.

        For nobody (None) it takes as long and says no, so that time does not tell who has an account.
        """
        return await self._in_thread(lambda: self._verify(normalise(password), known))

    async def warm_up(self) -> None:
        """Prepare what `verify` compares with for nobody, which would make the first such call slow."""
        await self._in_thread(self.context.dummy_verify)

    def _verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
        if known is None:
            self.context.dummy_verify()
            return False, None
        try:
            if known.startswith("$2"):
                beginning = password.encode()[:BCRYPT_BYTES]
                return (True, self.context.hash(password)) if self.context.verify(beginning, known) else (False, None)
            good, better = self.context.verify_and_update(password, known)
        except ValueError:  # bcrypt refuses NUL, which no password it hashed can have held
            self.context.dummy_verify()
            return False, None
        return good, better

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

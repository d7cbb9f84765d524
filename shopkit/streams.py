"""The open live streams of a process: who follows, until each leaves or the service stops."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from shopkit.errors import ProblemError

MOST_STREAMS = 20
"""Of one caller: each page that is open follows one."""
RETRY_AFTER_S = 10


class Watcher(Protocol):
    """One open stream, fed by a service with what it tells."""

    ended: bool

    def end(self) -> None:
        """Tell whoever follows that there is nothing more to come, and set `ended`."""
        ...


W = TypeVar("W", bound=Watcher)


class TooManyStreams(ProblemError):
    """The caller follows as many streams as one may."""

    status, code, detail = 429, "too_many_streams", "Too many live streams are open. Close one, or wait a moment."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(RETRY_AFTER_S)}, retryAfter=RETRY_AFTER_S)


class Watchers(Generic[W]):
    """All watchers there are just now. `most` is how many one caller may have."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._open: set[W] = set()
        self._callers: Counter[str] = Counter()
        self._most = most
        self._ended = False

    def __iter__(self) -> Iterator[W]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def watching(self, watcher: W, caller: str) -> Iterator[W]:
        """Count a watcher in until the block ends. `caller` is whose it is: a person, or an address.

        Raises:
            TooManyStreams: the caller has as many as one may.
        """
        if self._callers[caller] >= self._most:
            raise TooManyStreams
        watcher.ended = self._ended
        self._open.add(watcher)
        self._callers[caller] += 1
        try:
            yield watcher
        finally:
            self._open.discard(watcher)
            self._callers[caller] -= 1
            if not self._callers[caller]:
                del self._callers[caller]

    def end(self) -> None:
        """End every stream, those that are opened from now on as well: the service stops."""
        self._ended = True
        for watcher in self._open:
            watcher.end()

"""The open live streams of a process: who follows, until each leaves or the service stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Watcher(Protocol):
    """One open stream, fed by a service with what it tells."""

    ended: bool

    def end(self) -> None:
        """Tell whoever follows that there is nothing more to come, and set `ended`."""
        ...


W = TypeVar("W", bound=Watcher)


class Watchers(Generic[W]):
    """All watchers there are just now."""

    def __init__(self) -> None:
        self._open: set[W] = set()
        self._ended = False

    def __iter__(self) -> Iterator[W]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def watching(self, watcher: W) -> Iterator[W]:
        """Count a watcher in until the block ends."""
        watcher.ended = self._ended
        self._open.add(watcher)
        try:
            yield watcher
        finally:
            self._open.discard(watcher)

    def end(self) -> None:
        """End every stream, those that are opened from now on as well: the service stops."""
        self._ended = True
        for watcher in self._open:
            watcher.end()

"""Sorting more than fits into memory: sorted runs on disk, merged when they are read."""

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

OVERHEAD = 60
"""Bytes that a record takes besides its own."""
SEPARATOR = b"\t"
"""No key has one; neither has JSON, where it is written as an escape."""


class SortedRuns:
    """Records, each a key and a line without line breaks. `memory` is about how many bytes may wait unsorted."""

    def __init__(self, folder: Path, name: str, memory: int) -> None:
        self._folder, self._name, self._memory = folder, name, memory
        self._waiting: list[bytes] = []
        self._size = 0
        self._runs: list[Path] = []

    def add(self, key: bytes, line: bytes) -> None:
        """Take a record."""
        record = key + SEPARATOR + line + b"\n"
        self._waiting.append(record)
        self._size += len(record) + OVERHEAD
        if self._size > self._memory:
            self._spill()

    def merged(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield all records, sorted by key and line."""
        self._waiting.sort()
        with ExitStack() as stack:
            runs = [stack.enter_context(path.open("rb", buffering=64 * 1024)) for path in self._runs]
            for record in heapq.merge(*runs, self._waiting):
                key, _, line = record.partition(SEPARATOR)
                yield key, line[:-1]

    def _spill(self) -> None:
        self._waiting.sort()
        path = self._folder / f"{self._name}-{len(self._runs)}"
        with path.open("wb") as file:
            file.writelines(self._waiting)
        self._runs.append(path)
        self._waiting, self._size = [], 0

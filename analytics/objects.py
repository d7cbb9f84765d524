"""The lake's objects of events: gzipped lines of JSON, sorted by key, each key once."""

import gzip
import hashlib
import heapq
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

from analytics.lakes import Lake

LEVEL = 6


@dataclass(frozen=True)
class Written:
    """An object after a run. `sha256` is of its lines, not of how they are compressed."""

    key: str
    records: int
    sha256: str
    changed: bool


@dataclass(frozen=True)
class Merged:
    """What a merge gave, and whether that is more than there was before."""

    records: int
    sha256: str
    is_changed: bool


def distinct(records: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the first record of each key of a sorted sequence."""
    last = None
    for key, line in records:
        if key != last:
            last = key
            yield key, line


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines into a plain file."""
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in lines)


def merge(before: Path | None, fresh: Path, after: Path, key_of: Callable[[bytes], bytes]) -> Merged:
    """Merge sorted lines into what an object had; of two lines with one key the lesser stays, whichever came first."""
    digest, records, kept = hashlib.sha256(), 0, 0
    known = 0
    with ExitStack() as stack:
        out = stack.enter_context(compressed(after))
        new = stack.enter_context(fresh.open("rb"))
        inputs: list[Iterator[tuple[bytes, bytes, bool]]] = [_keyed(new, key_of, is_new=True)]
        if before is not None:
            old = stack.enter_context(gzip.open(before, "rb"))
            inputs.append(_keyed(old, key_of, is_new=False))
        last = None
        for key, line, is_new in heapq.merge(*inputs):
            known += not is_new
            if key == last:
                continue
            last = key
            kept += not is_new
            records += 1
            digest.update(line)
            out.write(line)
    # Unchanged: every line is one that was there, and none of those has gone.
    return Merged(records, digest.hexdigest(), is_changed=not (records == kept == known) or before is None)


def count(lake: Lake, prefix: str, folder: Path) -> dict[str, int]:
    """Count the events under a prefix by name."""
    counts: Counter[str] = Counter()
    file = folder / "counted"
    for key in lake.keys(prefix):
        if lake.get(key, file) is not None:
            with gzip.open(file, "rb") as lines:
                counts.update(orjson.loads(line)["name"] for line in lines)
    return dict(sorted(counts.items()))


def _keyed(
    lines: Iterable[bytes], key_of: Callable[[bytes], bytes], *, is_new: bool
) -> Iterator[tuple[bytes, bytes, bool]]:
    for line in lines:
        yield key_of(line), line, is_new


@contextmanager
def compressed(path: Path) -> Iterator[IO[bytes]]:
    """Give a gzip file in which nothing tells when, or under which name, it was made."""
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed,
        io.BufferedWriter(packed, 256 * 1024) as out,
    ):
        yield out

"""Logs and lakes for tests of the export."""

import gzip
import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from analytics.events import AddToCart, Event, Payload, ProductSearch, ProductViewed, event

DAY = datetime(2026, 3, 1).date()  # noqa: DTZ001 - a day has no zone
BEGIN = datetime(2026, 2, 28, 17, 0, tzinfo=UTC)
"""When 1 March 2026 begins in the shop."""
END = BEGIN + timedelta(days=1)
AFTER = END + timedelta(minutes=10)


def line_of(made: Event) -> bytes:
    """Return an event as a service writes it."""
    return json.dumps(made.model_dump(mode="json", by_alias=True), ensure_ascii=False).encode()


def some_event(chance: random.Random, start: datetime = BEGIN, seconds: float = 86_400) -> Event:
    """Return a random event of a day."""
    payloads: tuple[Payload, ...] = (
        ProductViewed(product_id=chance.randint(1, 9), product_name="Bánh đậu đỏ", price=1, category="mousse"),
        ProductSearch(search_query=chance.choice(["kem", 'a"b\\c', "đậu\u2028đỏ"]), results_count=chance.randint(0, 9)),
        AddToCart(product_id=chance.randint(1, 9), quantity=chance.randint(1, 9), size="M", price=229_000),
    )
    at = start + timedelta(microseconds=chance.randrange(int(seconds * 1e6)))
    if chance.random() < 0.3:
        at = at.replace(microsecond=0)  # is written without a fraction
    made = event(
        chance.choice(payloads), service="backend", user_id=chance.randint(1, 50), session_id="v", occurred_at=at
    )
    return made.model_copy(update={"event_id": UUID(int=chance.getrandbits(128), version=4)})


def write_log(folder: Path, lines: Iterable[bytes], name: str = "backend.log") -> None:
    """Append lines to a log."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("ab") as log:
        log.writelines(line + b"\n" for line in lines)


def contents(lake: Path) -> dict[str, bytes]:
    """Return a lake's objects, byte for byte, but for the history of runs."""
    files = sorted(path for path in lake.rglob("*") if path.is_file() and not path.name.startswith("."))
    found = {path.relative_to(lake).as_posix(): path.read_bytes() for path in files}
    return {key: content for key, content in found.items() if not key.startswith("history/")}


def records(lake: Path, prefix: str = "user-actions/") -> list[dict[str, Any]]:
    """Return every record under a prefix, in the order of the objects and their lines."""
    return [
        json.loads(line)
        for key, content in contents(lake).items()
        if key.startswith(prefix)
        for line in gzip.decompress(content).splitlines()
    ]

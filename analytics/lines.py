"""What a log's line is to the lake: an event in its one canonical form, something else, or a broken event."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

_CANONICAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_MARKS = (b'"occurredAt"', b'"eventId"')
"""What a line has that is, or was meant to be, an event."""
MAX_LINE = 256 * 1024
MAX_INT = 2**53 - 1


@dataclass(frozen=True)
class EventLine:
    """An event. `line` is its canonical JSON, the same however the event was written."""

    event_id: str
    occurred_at: str
    """UTC with six digits of a second, so that texts sort as times do: "2026-03-01T17:00:00.000000Z"."""
    name: str
    line: bytes

    @property
    def key(self) -> bytes:
        """What the lines of an object are sorted by, and known by."""
        return f"{self.occurred_at} {self.event_id}".encode()


@dataclass(frozen=True)
class OtherLine:
    """A line of the log that is no event. `at` is when it was written, if it says."""

    at: str | None = None


@dataclass(frozen=True)
class BrokenLine:
    """A line that was meant to be an event and cannot be read as one."""

    reason: str


class _Broken(Exception):
    pass


def read(line: bytes) -> EventLine | OtherLine | BrokenLine:
    """Return what a line is. Nothing is raised, whatever it holds."""
    is_marked = any(mark in line for mark in _MARKS)
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return BrokenLine("not JSON") if is_marked else OtherLine()
    if not isinstance(record, dict):
        return BrokenLine("not an object") if is_marked else OtherLine()
    if not ("eventId" in record or ("occurredAt" in record and "payload" in record)):
        return OtherLine(_time_or_none(record.get("timestamp")))
    try:
        return _event(record, len(line))
    except _Broken as broken:
        return BrokenLine(str(broken))


def key_of(canonical: bytes) -> bytes:
    """Return the key of a canonical line."""
    record = orjson.loads(canonical)
    return f"{record['occurredAt']} {record['eventId']}".encode()


def rejected(line: bytes, reason: str) -> bytes:
    """Return the canonical record of a broken line."""
    text = line[:MAX_LINE].decode(errors="backslashreplace")
    return orjson.dumps({"line": text, "reason": reason}, option=orjson.OPT_SORT_KEYS)


def _event(record: dict[str, Any], size: int) -> EventLine:
    if size > MAX_LINE:
        raise _Broken("too long")
    for field, kind in (("name", str), ("service", str), ("payload", dict), ("version", int)):
        if not isinstance(record.get(field), kind) or isinstance(record[field], bool) or record[field] == "":
            raise _Broken(f"{field} is missing or of the wrong kind")
    for field, kind in (("userId", int), ("sessionId", str)):
        value = record.setdefault(field, None)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise _Broken(f"{field} is of the wrong kind")
    if abs(record["userId"] or 0) > MAX_INT:
        raise _Broken("userId is no id")
    occurred_at = record["occurredAt"] = _time(record.get("occurredAt"))
    event_id = record["eventId"] = _id(record)
    return EventLine(event_id, occurred_at, record["name"], orjson.dumps(record, option=orjson.OPT_SORT_KEYS))


def _id(record: dict[str, Any]) -> str:
    """Return the event's id; one that has none gets it from its content, so that it is the same in every run."""
    given = record.get("eventId")
    if given is None:
        rest = {name: value for name, value in record.items() if name != "eventId"}
        digest = hashlib.blake2b(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
        return str(UUID(bytes=digest))
    try:
        return str(UUID(given))
    except (ValueError, AttributeError, TypeError):
        raise _Broken("eventId is no UUID") from None


def _time(value: Any) -> str:
    if isinstance(value, str):
        if _CANONICAL_TIME.fullmatch(value):
            _parsed(value)
            return value
        return _parsed(value).astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    raise _Broken("occurredAt is missing or of the wrong kind")


def _parsed(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise _Broken("occurredAt has no time zone")
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Broken("occurredAt is no time") from None
    return moment


def _time_or_none(value: Any) -> str | None:
    try:
        return _time(value)
    except _Broken:
        return None

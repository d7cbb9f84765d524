"""What a line of a log is to the lake."""

import json
from typing import Any

import pytest

from analytics.lines import BrokenLine, EventLine, OtherLine, key_of, read, rejected

GOOD: dict[str, Any] = {
    "eventId": "01890000-0000-7000-8000-000000000001",
    "name": "Product Viewed",
    "version": 1,
    "occurredAt": "2026-03-01T05:06:07.8Z",
    "userId": 7,
    "sessionId": "visit",
    "service": "backend",
    "payload": {"productId": 1},
}


def raw(**change: Any) -> bytes:
    record = {**GOOD, **change}
    return json.dumps({name: value for name, value in record.items() if value is not ...}).encode()


def test_one_event_has_one_form_however_it_was_written() -> None:
    found = read(raw())
    assert isinstance(found, EventLine)
    assert found.occurred_at == "2026-03-01T05:06:07.800000Z"
    assert found.key == b"2026-03-01T05:06:07.800000Z 01890000-0000-7000-8000-000000000001" == key_of(found.line)
    assert json.loads(found.line) == {**GOOD, "occurredAt": found.occurred_at}
    shuffled = json.dumps(dict(reversed(GOOD.items())), indent=1).replace("\n", " ").encode()
    assert read(shuffled) == found
    assert read(raw(occurredAt="2026-03-01T12:06:07.800+07:00")) == found
    assert read(raw(eventId=GOOD["eventId"].upper())) == found
    assert read(found.line) == found
    assert read(raw(occurredAt="2026-03-01T05:06:07Z")).key < found.key  # type: ignore[union-attr]


def test_a_line_without_an_id_gets_one_from_what_it_says() -> None:
    first, again, other = read(raw(eventId=...)), read(raw(eventId=None)), read(raw(eventId=..., userId=8))
    assert isinstance(first, EventLine)
    assert isinstance(other, EventLine)
    assert first == again
    assert len(first.event_id) == 36
    assert first.event_id != other.event_id
    assert json.loads(first.line)["eventId"] == first.event_id
    assert read(first.line) == first


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (raw()[:-20], "not JSON"),
        (b"[" + raw() + b"]", "not an object"),
        (raw(payload=...), "payload is missing or of the wrong kind"),
        (raw(name=""), "name is missing or of the wrong kind"),
        (raw(version="1"), "version is missing or of the wrong kind"),
        (raw(version=True), "version is missing or of the wrong kind"),
        (raw(service=None), "service is missing or of the wrong kind"),
        (raw(occurredAt=...), "occurredAt is missing or of the wrong kind"),
        (raw(occurredAt="2026-02-30T05:06:07Z"), "occurredAt is no time"),
        (raw(occurredAt="2026-02-30T05:06:07.000000Z"), "occurredAt is no time"),
        (raw(occurredAt="2026-03-01T05:06:07"), "occurredAt has no time zone"),
        (raw(occurredAt="9999-12-31T23:59:59-11:00"), "occurredAt is no time"),
        (raw(userId="7"), "userId is of the wrong kind"),
        (raw(userId=2**60), "userId is no id"),
        (raw(sessionId=5), "sessionId is of the wrong kind"),
        (raw(eventId="seven"), "eventId is no UUID"),
        (raw(eventId=7), "eventId is no UUID"),
        (raw(payload={"q": "x" * 300_000}), "too long"),
        (b'\xff\xfe"eventId"', "not JSON"),
    ],
)
def test_a_broken_event_is_told_with_its_reason(line: bytes, reason: str) -> None:
    assert read(line) == BrokenLine(reason)
    assert json.loads(rejected(line, reason))["reason"] == reason


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Traceback (most recent call last):",
        b'{"level":"info","event":"request","path":"/api/products"}',
        b'{"level":"info"',
        b"[1, 2]",
        b"\xff\xfe",
        b'{"name": "x", "payload": {}}',
    ],
)
def test_other_lines_are_no_events(line: bytes) -> None:
    assert read(line) == OtherLine()


def test_other_lines_tell_the_time() -> None:
    assert read(b'{"event":"x","timestamp":"2026-03-01T05:06:07Z"}') == OtherLine("2026-03-01T05:06:07.000000Z")
    assert read(b'{"event":"x","timestamp":"yesterday"}') == OtherLine()

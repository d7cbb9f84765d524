"""A log that never harms who writes it."""

import io
import json
import logging
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from shopkit import log


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    """Logs as a service's, and whatever was before afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    log.configure("small")
    yield
    root.handlers, level, config = before
    root.setLevel(level)
    structlog.configure(**config)


class Stdout:
    """Stands for stdout with the file descriptor of a test's own file."""

    def __init__(self, number: int) -> None:
        self.fileno = lambda: number


def use_stdout(monkeypatch: pytest.MonkeyPatch, stdout: Any) -> None:
    """Let logs alone take this for stdout: pytest changes the real one between a fixture and its test."""
    monkeypatch.setattr(log, "sys", SimpleNamespace(stdout=stdout))


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Send stdout into a file, and return that."""
    path = tmp_path / "output.log"
    with path.open("ab", buffering=0) as file:
        use_stdout(monkeypatch, Stdout(file.fileno()))
        yield path


@pytest.fixture
def limit_file_size() -> Iterator[Any]:
    """Set how many bytes a file of this process may have."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def every_way_to_write() -> None:
    log.get().info("by_logger")
    log.get().bind(some="thing").warning("by_bound_logger")
    logging.getLogger("a.library").error("by %s", "library")
    try:
        raise RuntimeError("boom")
    except RuntimeError:
        log.get().exception("with_traceback")
    log.write_line({"event": "by_line"})


def test_lines_are_json_with_the_services_name(output: Path) -> None:
    log.get().info("something_happened", order=7)
    logging.getLogger("a.library").warning("look %s", "here")
    first, second = [json.loads(line) for line in output.read_text().splitlines()]
    assert (first["event"], first["order"], first["level"], first["service"]) == (
        "something_happened",
        7,
        "info",
        "small",
    )
    assert (second["event"], second["logger"], second["service"]) == ("look here", "a.library", "small")


def test_what_a_full_disk_does_not_take_is_dropped_and_counted(output: Path, limit_file_size: Any) -> None:
    log.get().info("before")
    dropped = log.dropped_lines()
    limit_file_size(output.stat().st_size)
    every_way_to_write()
    assert log.dropped_lines() == dropped + 5
    limit_file_size(resource.RLIM_INFINITY)
    log.get().info("after")
    assert [json.loads(line)["event"] for line in output.read_text().splitlines()] == ["before", "after"]


def test_half_a_line_does_not_spoil_the_next_one(output: Path, limit_file_size: Any) -> None:
    assert log.write_line({"event": "before"})
    limit_file_size(output.stat().st_size + 10)
    assert not log.write_line({"event": "torn"})
    limit_file_size(resource.RLIM_INFINITY)
    assert log.write_line({"event": "after"})
    before, torn, after = output.read_text().splitlines()
    assert torn == '{"event":"torn"}'[:10]
    assert [json.loads(line)["event"] for line in (before, after)] == ["before", "after"]


@pytest.mark.parametrize("gone", ["closed", "none", "closed stream", "broken pipe"])
def test_without_a_stdout_nothing_is_raised(monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    read, write = os.pipe()
    os.close(read)
    closed = io.StringIO()
    closed.close()
    stream = {"closed": Stdout(987_654), "none": None, "closed stream": closed, "broken pipe": Stdout(write)}[gone]
    use_stdout(monkeypatch, stream)
    dropped = log.dropped_lines()
    every_way_to_write()
    assert log.dropped_lines() == dropped + 5
    os.close(write)


class Unspeakable:
    """Has no text."""

    def __repr__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    "value",
    ["\ud800", 2**70, {1: "one"}, {(1, 2): "pair"}, Unspeakable()],
    ids=["surrogate", "huge", "int key", "tuple key", "no repr"],
)
def test_what_json_cannot_say_is_written_in_other_words_or_dropped(output: Path, value: Any) -> None:
    dropped = log.dropped_lines()
    log.get().info("strange", value=value)
    assert len(output.read_text().splitlines()) + log.dropped_lines() - dropped == 1


def test_a_library_that_logs_wrongly_is_dropped(output: Path) -> None:
    dropped = log.dropped_lines()
    record = logging.LogRecord("a.library", logging.ERROR, __file__, 1, "%d", ("no number",), None)
    [handler] = [each for each in logging.getLogger().handlers if isinstance(each, log._Handler)]  # without pytest's
    handler.handle(record)
    assert (output.read_text(), log.dropped_lines()) == ("", dropped + 1)


def test_a_line_has_a_greatest_length(output: Path) -> None:
    log.get().info("x" * 50_000, path="/" + "é" * 50_000)
    log.get().info("many", **{f"value{number}": "v" * 1_900 for number in range(100)})
    logging.getLogger("a.library").warning("y" * 50_000)
    lines = output.read_text().splitlines()
    assert all(len(line) <= log.MAX_LINE for line in lines)
    first, second, third = map(json.loads, lines)
    assert first["path"] == "/" + "é" * (log.MAX_TEXT - 1) + "… (48001 more)"
    assert second.keys() == {"event", "level", "service", "timestamp", "cut"}
    assert third["event"] == "y" * log.MAX_TEXT + "… (48000 more)"


def test_of_a_long_traceback_both_ends_are_kept(output: Path) -> None:
    try:
        raise RuntimeError("first " + "x" * 50_000 + " last")
    except RuntimeError:
        log.get().exception("failed")
    [line] = map(json.loads, output.read_text().splitlines())
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith(" last")
    assert len(line["exception"]) < log.MAX_TRACEBACK + 50

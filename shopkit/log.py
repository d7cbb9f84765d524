"""Structured logs: one JSON object a line on stdout, with the request's id on every line it caused.

A log must never harm the program that writes it. A line that cannot be written (the disk is full, stdout is closed) is
dropped and counted, never raised; and a line has a greatest length, however much somebody sends us to log.
"""

import io
import json
import logging
import os
import sys
import threading
from typing import Any

import orjson
import structlog

MAX_TEXT = 2_000
"""Characters of a value in a log line."""
MAX_TRACEBACK = 8_000
"""Of a traceback its beginning and its end are kept: the end says what went wrong."""
MAX_LINE = 16_384
"""Characters of a log line: one that is longer still keeps its name alone."""
KEPT = ("event", "level", "logger", "service", "timestamp", "request_id")
"""What is kept of a line that is too long."""


class _Output:
    """Stdout, by whole lines."""

    def __init__(self) -> None:
        self.dropped = 0
        self._torn = False
        self._lock = threading.Lock()

    def write(self, line: str) -> bool:
        """Write a line; tell whether it was written. Raises nothing."""
        data = line.encode(errors="backslashreplace") + b"\n"
        with self._lock:
            try:
                self._write(data)
            except (OSError, ValueError, AttributeError):  # full; closed; there is no stdout at all
                self.dropped += 1
                return False
        return True

    def _write(self, data: bytes) -> None:
        stream = sys.stdout
        try:
            number = stream.fileno()
        except io.UnsupportedOperation:  # not a file: a test's
            stream.write(data.decode())
            return
        # Past Python's buffer, which would keep what cannot be written and raise again at the next write.
        rest = memoryview(b"\n" + data if self._torn else data)
        while rest:
            written = os.write(number, rest)
            rest = rest[written:]
            self._torn = bool(rest)  # if the rest fails, the next line must not be glued to this half of one


_output = _Output()


def dropped_lines() -> int:
    """Return how many lines this process could not write."""
    return _output.dropped


def _dumps(value: Any, **_: Any) -> str:
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:  # lone surrogates, integers beyond 64 bits, keys that are no strings
        return json.dumps(value, default=repr, skipkeys=True)


def cut(text: str, most: int = MAX_TEXT) -> str:
    """Return `text`, and of a long one the beginning, with how much is missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more)"


def _cut_traceback(text: str) -> str:
    if len(text) <= MAX_TRACEBACK:
        return text
    half = MAX_TRACEBACK // 2
    return f"{text[:half]}\n… ({len(text) - 2 * half} more)\n{text[-half:]}"


def _bounded(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Cut long values: processor of both kinds of loggers."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _cut_traceback(value) if name in {"exception", "traceback"} else cut(value)
    return event


def _render(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    """Return a record as a line of JSON: last processor of both kinds of loggers."""
    line = _dumps(event)
    if len(line) <= MAX_LINE:
        return line
    return _dumps({name: event[name] for name in KEPT if name in event} | {"cut": len(line)})


class _Lines:
    """What structlog's loggers write to, whatever their level."""

    def msg(self, line: str) -> None:
        """Write a line."""
        _output.write(line)

    debug = info = warning = error = critical = exception = fatal = msg


class _Handler(logging.Handler):
    """Where the libraries' logs go."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record. One that cannot be made into text is dropped."""
        try:
            line = self.format(record)
        except Exception:
            _output.dropped += 1
        else:
            _output.write(line)


def _never_raising(level: str) -> type[structlog.typing.FilteringBoundLogger]:
    """Return a class of loggers that drop, and count, what cannot be made into a line."""
    kind: Any = structlog.make_filtering_bound_logger(level)

    class Logger(kind):  # type: ignore[misc]
        def _proxy_to_logger(self, name: str, event: str | None = None, **data: Any) -> Any:
            try:
                return super()._proxy_to_logger(name, event, **data)
            except Exception:
                _output.dropped += 1

    return Logger


def configure(service: str, level: str = "INFO") -> None:
    """Send this process's logs, the libraries' too, to stdout as JSON lines that name `service`."""

    def add_service(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _bounded, _render],
        wrapper_class=_never_raising(level),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=True,
    )
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _bounded, _render],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "uvicorn.access"  # the middleware writes the access log, with the request's id
    for noisy in ("httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get() -> structlog.typing.FilteringBoundLogger:
    """Return a logger. Event names are static snake_case strings; data goes into keywords."""
    return structlog.get_logger()  # type: ignore[no-any-return]


def request_id() -> str | None:
    """Return the id of the request that is being answered, if one is."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return str(value) if value else None


def write_line(record: dict[str, Any]) -> bool:
    """Write one JSON line to stdout without the logger's processing, for lines on hot paths and analytics events.

    Nothing is cut: the caller bounds what it writes. Tells whether the line was written; it raises nothing.
    """
    return _output.write(_dumps(record))

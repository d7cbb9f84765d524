"""`python pump.py FILE`: writes the lines it reads to a log that rotates, until there is nothing more to read.

A process of its own and not a thread of the launcher: when the launcher is killed, what a service wrote last is still
in the pipe, and lines are events of the shop. It imports the standard library alone and starts in milliseconds.

Lines are never lost to rotation. While the file cannot be written (a full disk) they wait in memory; beyond that the
oldest are dropped and counted. A service is never held up: reading goes on whatever happens to the file.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

LOG_BYTES = 32 * 1024 * 1024
LOGS_KEPT = 3
"""Rotated logs beside the one that is written: a service's logs take 128 MB at most."""
LINE_BYTES = 64 * 1024
WAITING_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
RETRY_S = 0.5
LAST_TRIES_S = 5.0
CUT = b" [cut]\n"


class RotatingFile:
    """A file that only its owner reads. When it is full it becomes FILE.1.log, that one FILE.2.log, and so on."""

    def __init__(self, path: Path, limit: int = LOG_BYTES, kept: int = LOGS_KEPT) -> None:
        self.path = path
        self._limit = limit
        self._kept = kept
        self._file: int | None = None
        self._size = 0

    def write(self, lines: bytes) -> None:
        """Append whole lines, or nothing.

        Raises:
            OSError: the disk is full, or the folder is gone.
        """
        if self._file is None or not self.path.exists():  # somebody may have removed it, to make room
            self._open()
        if self._size and self._size + len(lines) > self._limit:
            self._rotate()
        assert self._file is not None
        try:
            left = memoryview(lines)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            os.ftruncate(self._file, self._size)  # a full disk takes part of a line
            raise
        self._size += len(lines)

    def _open(self) -> None:
        self._close()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.fchmod(self._file, 0o600)  # an older version left it open to all
        self._size = os.fstat(self._file).st_size

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _rotate(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            older = rotated(self.path, number)
            if older.exists():
                older.replace(rotated(self.path, number + 1))
        self.path.replace(rotated(self.path, 1))
        self._open()


def rotated(path: Path, number: int) -> Path:
    """Return where a log goes when it is full: 1 is the newest."""
    return path.with_suffix(f".{number}.log")


class Pump:
    """Turns what is read into whole lines and writes them; `say` tells people of trouble, once, and of its end."""

    def __init__(self, file: RotatingFile, say: Callable[[str], None], waiting_bytes: int = WAITING_BYTES) -> None:
        self._file = file
        self._say = say
        self._waiting_bytes = waiting_bytes
        self._begun = b""
        self._cutting = False
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._dropped = 0
        self._in_trouble = False

    @property
    def waits(self) -> bool:
        """Whether there are lines that could not be written yet."""
        return bool(self._waiting)

    def feed(self, chunk: bytes) -> None:
        """Take what was read, and write the lines that are whole."""
        *lines, self._begun = (self._begun + chunk).split(b"\n")
        whole = []
        for line in lines:
            if not self._cutting:
                whole.append(line + b"\n" if len(line) <= LINE_BYTES else line[:LINE_BYTES] + CUT)
            self._cutting = False
        if len(self._begun) > LINE_BYTES:
            if not self._cutting:
                whole.append(self._begun[:LINE_BYTES] + CUT)
            self._begun, self._cutting = b"", True
        if whole:
            self._add(b"".join(whole))
        self.flush()

    def end(self) -> None:
        """Write what is left; a last line without an end gets one."""
        if self._begun and not self._cutting:
            self._add(self._begun + b"\n")
        self.flush()

    def flush(self) -> None:
        """Write what waits, as far as it can be written."""
        try:
            while self._waiting:
                self._file.write(self._waiting[0])
                self._size -= len(self._waiting.popleft())
        except OSError as error:
            if not self._in_trouble:
                self._in_trouble = True
                self._say(f"{self._file.path} cannot be written ({error.strerror}); its lines wait in memory")
        else:
            if self._in_trouble:
                lost = f"; {self._dropped:,} lines are lost" if self._dropped else "; no line is lost"
                self._say(f"{self._file.path} is written again{lost}")
                self._in_trouble, self._dropped = False, 0

    def _add(self, lines: bytes) -> None:
        self._waiting.append(lines)
        self._size += len(lines)
        while self._size > self._waiting_bytes and len(self._waiting) > 1:
            oldest = self._waiting.popleft()
            self._size -= len(oldest)
            self._dropped += oldest.count(b"\n")


def run(source: int, pump: Pump) -> None:
    """Pump from the file descriptor `source` to its end."""
    while True:
        ready, _, _ = select.select([source], [], [], RETRY_S if pump.waits else None)
        if not ready:
            pump.flush()
        elif chunk := os.read(source, CHUNK_BYTES):
            pump.feed(chunk)
        else:
            break
    pump.end()
    deadline = time.monotonic() + LAST_TRIES_S
    while pump.waits and time.monotonic() < deadline:
        time.sleep(RETRY_S)
        pump.flush()


def say(message: str) -> None:
    """Print a line on the launcher's terminal, if there is one still."""
    with contextlib.suppress(OSError):  # nobody reads it, or it is a file on the same full disk
        os.write(1, f"{time.strftime('%H:%M:%S')} {message}\n".encode())


def main() -> None:
    """Run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when those who write have ended
    run(0, Pump(RotatingFile(Path(sys.argv[1])), say))


if __name__ == "__main__":
    main()

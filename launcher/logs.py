"""The logs of the shop's processes: a pipe for each, and a pump that writes what comes through it to a file."""

import contextlib
import fcntl
import subprocess
import sys
import time
from collections.abc import Callable
from os import close, pipe
from pathlib import Path
from struct import unpack
from termios import FIONREAD

from launcher import pump

PIPE_BYTES = 1024 * 1024
"""What a service may write while its pump is away."""
RESTART_S = 1.0
END_TIMEOUT_S = pump.LAST_TRIES_S + 5.0
SETTLE_TIMEOUT_S = 2.0


class Log:
    """The log of one service, through all its lives. Processes write to the file descriptor `output`."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self._say = say
        # We keep both ends: when the pump dies, what was written meanwhile waits in the pipe for the next one.
        self._source, self.output = pipe()
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # an ordinary user's pipes may have used up their allowance
                fcntl.fcntl(self.output, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._pump = self._start()
        self._restart_at: float | None = None

    def tend(self) -> None:
        """Start the pump again if it has died."""
        now = time.monotonic()
        if self._restart_at is not None:
            if now >= self._restart_at:
                self._restart_at = now + RESTART_S
                with contextlib.suppress(OSError):  # no process or no memory to be had just now
                    self._pump = self._start()
                    self._restart_at = None
        elif (code := self._pump.poll()) is not None:
            self._restart_at = now + RESTART_S
            self._say(f"what writes {self.path} has ended (exit code {code}); starting it again")

    def settle(self) -> None:
        """Wait until what was written so far is in the file, or a moment if it cannot be."""
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while self._unread() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.05)

    def close(self) -> None:
        """End the pump when it has written everything. The processes that write must have ended."""
        with contextlib.suppress(OSError):
            if self._pump.poll() is not None:  # it died just now, and left lines in the pipe
                self._pump = self._start()
        close(self.output)
        close(self._source)
        try:
            self._pump.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._pump.kill()
            self._pump.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", pump.__file__, str(self.path)]
        return subprocess.Popen(command, stdin=self._source, start_new_session=True)

    def _unread(self) -> int:
        return int(unpack("i", fcntl.ioctl(self._source, FIONREAD, b"\0" * 4))[0])

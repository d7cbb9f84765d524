"""Restarts PostgreSQL when it ends or hangs: it is not the launcher's child process, so its end is not reported."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable

from psycopg import pq

from launcher.errors import LauncherError
from launcher.postgres import Cluster
from launcher.pump import LOG_BYTES, rotated

POLL_S = 0.2
PING_S = 5.0
SILENT_PINGS = 4
"""So many in a row without a sign of life, each waited for, and the server counts as hung."""
RETRY_DELAYS_S = (0.5, 1.0, 2.0, 5.0)


class Guard:
    """Starts the server of `cluster` again when it ends or hangs, on the port that the services know. `say` tells it.

    It works in a thread of its own: a server that recovers takes its time, and a service that crashes meanwhile must
    not wait for it.
    """

    def __init__(self, cluster: Cluster, say: Callable[[str], None], *, ping_s: float = PING_S) -> None:
        self._cluster = cluster
        self._say = say
        self._ping_s = ping_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postgres-guard", daemon=True)
        self._server = cluster.server()
        self._silent = 0
        self._ping_at = time.monotonic() + ping_s
        self._told = ""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a start that is under way is waited for."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                self._look()
            except Exception as error:  # whatever it is, the database must not be left alone for it
                self._tell(f"PostgreSQL cannot be looked after: {error}")

    def _look(self) -> None:
        if self._server is None or not self._server.is_running() or self._cluster.server() is None:
            self._bring_back(f"PostgreSQL has ended{self._process()}")
        elif time.monotonic() >= self._ping_at:
            self._silent = self._silent + 1 if self._cluster.ping() == pq.Ping.NO_RESPONSE else 0
            self._ping_at = time.monotonic() + self._ping_s
            if self._silent >= SILENT_PINGS:
                self._cluster.kill()
                self._bring_back(f"PostgreSQL does not answer{self._process()} and was ended")
            self._bound_log()

    def _process(self) -> str:
        return f" (process {self._server.pid})" if self._server else ""

    def _bring_back(self, what: str) -> None:
        self._tell(f"{what}; starting it again on port {self._cluster.port} (log: {self._cluster.log})")
        tries = 0
        while not self._ended.is_set():
            try:
                self._cluster.start(same_port=True)
                break
            except (LauncherError, OSError) as error:
                self._tell(f"PostgreSQL cannot be started, trying again until it can: {str(error).splitlines()[0]}")
            self._ended.wait(RETRY_DELAYS_S[min(tries, len(RETRY_DELAYS_S) - 1)])
            tries += 1
        else:
            return
        self._server = self._cluster.server()
        self._silent, self._told = 0, ""
        self._say("PostgreSQL answers again")

    def _tell(self, message: str) -> None:
        if message != self._told:  # once, not at every try
            self._told = message
            self._say(message)

    def _bound_log(self) -> None:
        """Put a large log of the server aside. It holds no events, so a line lost between the two steps is no loss."""
        log = self._cluster.log
        with contextlib.suppress(OSError):
            if log.stat().st_size > LOG_BYTES:
                aside = rotated(log, 1)
                aside.touch(mode=0o600)
                shutil.copyfile(log, aside)
                os.truncate(log, 0)  # the server appends, and goes on at the new end

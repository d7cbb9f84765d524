"""Ports for the servers that tests start.

Each worker takes them from a range of its own, below what the kernel gives to clients: a port that was free a moment
ago is otherwise another worker's by the time a server binds it.
"""

import itertools
import os
import socket

FIRST, EACH = 20_000, 3_000

_first = FIRST + EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Two runs at the same time begin at different places.
_ports = itertools.cycle(_first + (os.getpid() + number) % EACH for number in range(EACH))


def free_port() -> int:
    """Return a port of this worker's that nobody listens on."""
    for port in itertools.islice(_ports, EACH):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")

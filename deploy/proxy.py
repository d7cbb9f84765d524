"""`python -m deploy.proxy ROUTES`: write HAProxy's configuration, made from the table of routes, to standard output.

It does what the load balancer does in AWS: routes by path, asks each server's /health, takes turns among those that
are well, appends the caller's address to X-Forwarded-For, and cuts a connection that says nothing for a minute.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LISTEN = 8080
MOST_SERVERS = 8
"""How far a service can be scaled and still be found."""

HEAD = f"""\
global
    log stdout format raw local0 info
    maxconn 4096

defaults
    mode http
    log global
    # Without the query: a tab's token is in that of its websocket.
    log-format "%ci %HM %HPO %ST %b/%s %Ta ms %B bytes %tsc"
    option forwardfor
    option redispatch
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
    timeout http-request 15s
    default-server check inter 1s fall 2 rise 1 init-addr none resolvers docker resolve-prefer ipv4

# Docker's name server answers with the address of each container of a service.
resolvers docker
    nameserver dns 127.0.0.11:53
    hold valid 1s
    hold nx 1s
    hold other 1s

frontend shop
    bind :{LISTEN}
    http-request set-header X-Forwarded-Proto http
"""


class UnknownPattern(ValueError):
    """A path pattern of another kind than `/exact` or `/prefix*`."""


def configuration(table: dict[str, Any]) -> str:
    """Return HAProxy's configuration for a table of routes, as in `routes.toml`.

    Raises:
        UnknownPattern: a pattern has a wildcard elsewhere than at its end.
    """
    return "\n".join([HEAD + "\n".join(_rules(table)), *(_backend(*one) for one in table["ports"].items())]) + "\n"


def _rules(table: dict[str, Any]) -> Iterator[str]:
    for number, rule in enumerate(table["rule"]):
        exact, prefixes = _patterns(rule["paths"])
        if exact:
            yield f"    acl rule{number} path {' '.join(exact)}"
        if prefixes:
            yield f"    acl rule{number} path_beg {' '.join(prefixes)}"
    for number, rule in enumerate(table["rule"]):
        yield f"    use_backend {rule['target']} if rule{number}"
    yield f"    default_backend {table['default']}\n"
    yield "backend none"
    yield '    http-request return status 404 content-type "text/plain" string "Not found"\n'


def _patterns(paths: list[str]) -> tuple[list[str], list[str]]:
    """Return the exact paths, and the beginnings of the others."""
    exact = [path for path in paths if not path.endswith("*")]
    prefixes = [path.removesuffix("*") for path in paths if path.endswith("*")]
    for path in (*exact, *prefixes):
        if not path.startswith("/") or set(path) & set("*? \t\"'#\\"):
            raise UnknownPattern(path)
    return exact, prefixes


def _backend(target: str, port: int) -> str:
    host = target.replace("_", "-")
    return f"""\
backend {target}
    balance roundrobin
    option httpchk GET /health
    http-check expect status 200
    server-template {host} {MOST_SERVERS} {host}:{port}
"""


def main() -> None:
    """Write the configuration for the table in the named file."""
    sys.stdout.write(configuration(tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()

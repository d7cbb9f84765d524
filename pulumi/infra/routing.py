"""Reads `deploy/routes.toml`, which compose's proxy reads too, as rules of a load balancer.

A blue-green deployment moves one listener rule of a service. So what the table says of one service in rules that follow
one another becomes one listener rule, of patterns that cover a path and all below it. A rule holds five patterns.
"""

import itertools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "deploy" / "routes.toml"
MOST_VALUES = 5
LONGEST = 128
NONE = "none"


@dataclass(frozen=True)
class Route:
    """What one listener rule matches; `target` is a service or `none`."""

    target: str
    patterns: tuple[str, ...]
    """Regular expressions over the whole path."""

    def matches(self, path: str) -> bool:
        """Tell whether a path is meant."""
        return any(re.fullmatch(pattern.removeprefix("^").removesuffix("$"), path) for pattern in self.patterns)


def ports(table: Path = TABLE) -> dict[str, int]:
    """Return the port on which each service listens."""
    return {str(name): int(port) for name, port in tomllib.loads(table.read_text(encoding="utf-8"))["ports"].items()}


class TooManyPaths(ValueError):
    """A service has more paths than one listener rule holds."""


def read(table: Path = TABLE) -> tuple[Route, ...]:
    """Return the rules in their order, the default's last.

    Raises:
        TooManyPaths: a service's paths do not fit one listener rule.
    """
    told = tomllib.loads(table.read_text(encoding="utf-8"))
    routes: list[Route] = []
    for target, rules in itertools.groupby(told["rule"], key=lambda rule: str(rule["target"])):
        patterns = _patterns([str(path) for rule in rules for path in rule["paths"]])
        if target != NONE and (len(patterns) > MOST_VALUES or any(one.target == target for one in routes)):
            raise TooManyPaths(f"{target}: one listener rule holds {MOST_VALUES} patterns")
        routes += [Route(target, patterns[at : at + MOST_VALUES]) for at in range(0, len(patterns), MOST_VALUES)]
    return (*routes, Route(str(told["default"]), ("^/.*$",)))


def _patterns(paths: list[str]) -> tuple[str, ...]:
    """Return patterns for paths in which `*` stands for anything; a path with all below it is one pattern."""
    patterns = []
    for path in paths:
        if path.endswith("/*") and path[:-2] in paths:
            continue
        below = "(/.*)?" if f"{path}/*" in paths else ""
        patterns.append("^" + ".*".join(re.escape(part) for part in path.split("*")) + below + "$")
    return tuple(patterns)

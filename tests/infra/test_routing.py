"""The table of routes as rules of a load balancer."""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from infra.routing import LONGEST, MOST_VALUES, TABLE, TooManyPaths, read

PATHS = (
    "/", "/vi", "/internal", "/internal/carts/merge", "/internals", "/metrics", "/metrics/x", "/docs", "/docs/oauth2",
    "/redoc", "/openapi.json", "/openapiXjson", "/livez", "/readyz", "/health", "/api/orders", "/api/orders/7/status",
    "/api/ordersx", "/api/users", "/api/users/7", "/api/auth/login", "/api/customers", "/api/customers/7/role",
    "/.well-known/jwks.json", "/.well-known/other", "/api/products", "/api/", "/api", "/media/a.svg", "/_event",
)  # fmt: skip


def by_the_table(path: str) -> str:
    """Return where the table itself sends a path: the first rule that matches."""
    told = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    matching = (rule["target"] for rule in told["rule"] if any(fnmatchcase(path, one) for one in rule["paths"]))
    return str(next(matching, told["default"]))


@pytest.mark.parametrize("path", PATHS)
def test_rules_lead_where_the_table_does(path: str) -> None:
    assert next(route.target for route in read() if route.matches(path)) == by_the_table(path)


def test_rules_fit_a_load_balancer() -> None:
    routes = read()
    assert all(len(route.patterns) <= MOST_VALUES for route in routes)
    assert all(len(pattern) <= LONGEST for route in routes for pattern in route.patterns)
    targets = [route.target for route in routes if route.target != "none"]
    assert sorted(targets) == ["backend", "order_service", "storefront", "user_service"]  # ECS moves one rule of each


def test_a_service_with_too_many_paths_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "routes.toml"
    paths = ", ".join(f'"/{letter}"' for letter in "abcdef")
    table.write_text(f'default = "storefront"\n[[rule]]\npaths = [{paths}]\ntarget = "backend"\n')
    with pytest.raises(TooManyPaths, match="backend"):
        read(table)

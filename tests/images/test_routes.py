"""The proxy sends each path where the load balancer will, and some nowhere."""

import tomllib

import httpx
import pytest

from launcher.paths import ROOT
from tests.images.conftest import Stack

TABLE = tomllib.loads((ROOT / "deploy" / "routes.toml").read_text(encoding="utf-8"))
CLOSED = [path.replace("*", "holds") for rule in TABLE["rule"] if rule["target"] == "none" for path in rule["paths"]]


@pytest.mark.parametrize("path", [*CLOSED, "/internal/sessions/ended", "/docs/oauth2-redirect"])
def test_what_is_for_the_inside_is_not_there(stack: Stack, path: str) -> None:
    answer = stack.get(path)
    assert (answer.status_code, answer.text) == (404, "Not found")


@pytest.mark.parametrize(
    "path", ["//internal/holds", "/api/../internal/holds", "/%69nternal/holds", "/api/%2e%2e/metrics"]
)
def test_no_spelling_leads_around_the_table(stack: Stack, path: str) -> None:
    answer = stack.get(path)
    assert answer.status_code == 404
    assert "sweetdream" not in answer.headers.get("content-type", "")
    assert "# HELP" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/products?limit=1", 200, ""),
        ("/api/categories", 200, ""),
        ("/api/orders", 401, "unauthenticated"),
        ("/api/customers", 401, "unauthenticated"),
        ("/.well-known/jwks.json", 200, ""),
        ("/api/nothing", 404, "no_route"),
    ],
)
def test_a_service_answers_at_its_paths(stack: Stack, path: str, status: int, code: str) -> None:
    answer = stack.get(path)
    assert answer.status_code == status
    if code:
        assert answer.json()["code"] == code


def test_all_else_is_the_storefront_s(stack: Stack) -> None:
    page = stack.get("/menu")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert stack.get("/health").json()["status"] == "ok"


def test_pictures_come_from_the_double_of_s3(stack: Stack) -> None:
    [product] = stack.get("/api/products?limit=1").json()["items"]
    picture = stack.get(product["image"])
    assert picture.status_code == 200
    assert picture.headers["content-type"].startswith("image/")


def test_a_caller_cannot_choose_the_address_that_limits_count(stack: Stack) -> None:
    """The proxy adds the caller's own address, and that one counts: others in the header change nothing."""
    body = {"email": "nobody@example.com", "password": "wrong password"}
    answers = [
        httpx.post(
            f"{stack.url}/api/auth/login", json=body, headers={"X-Forwarded-For": f"203.0.113.{n}"}, trust_env=False
        ).status_code
        for n in range(12)
    ]
    assert answers == [401] * 10 + [429] * 2

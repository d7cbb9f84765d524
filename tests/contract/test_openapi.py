"""The OpenAPI documents: committed, current, and good enough to generate a client from."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.openapi import as_text, breaking_changes, committed_path, current, operations
from tests.support.apps import SETTINGS

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBES = {"/health", "/livez", "/readyz", "/metrics"}
OPERATIONS = [
    pytest.param(service, method, path, id=f"{service} {method} {path}")
    for service in SETTINGS
    for method, path, _ in operations(current(service))
]


def operation(service: str, method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = current(service)["paths"][path][method.lower()]
    return found


@pytest.mark.parametrize("service", SETTINGS)
def test_the_committed_document_is_current(service: str) -> None:
    committed = committed_path(service).read_text(encoding="utf-8")
    assert json.loads(committed) == current(service), "run `python -m tests.contract.openapi --write`"
    assert committed == as_text(current(service))


@pytest.mark.parametrize(("service", "method", "path"), OPERATIONS)
def test_an_operation_says_what_it_does_and_answers(service: str, method: str, path: str) -> None:
    described = operation(service, method, path)
    assert described["summary"][0].isupper()
    assert described["tags"]
    assert described["responses"].keys() - {"4XX", "5XX"} <= {"200", "201", "204"}
    for status in ("4XX", "5XX"):
        assert described["responses"][status]["content"] == PROBLEM, status
    for status, answer in described["responses"].items():
        assert answer["description"]
        if status in {"200", "201"} and path not in PROBES:
            assert answer.get("content"), status


@pytest.mark.parametrize(("service", "method", "path"), OPERATIONS)
def test_an_operation_declares_whose_token_it_wants(service: str, method: str, path: str) -> None:
    schemes = [name for each in operation(service, method, path).get("security", []) for name in each]
    if path == "/internal/service-token":
        assert schemes == []
    else:
        assert set(schemes) <= ({"serviceToken"} if path.startswith("/internal/") else {"accessToken"})
        assert schemes or not path.startswith("/internal/")


def test_a_login_that_may_be_left_out_is_declared_so() -> None:
    optional = {
        (service, method, path)
        for service in SETTINGS
        for method, path, described in operations(current(service))
        if {} in described.get("security", [])
    }
    assert optional == {
        ("backend", "GET", "/api/products"),
        ("backend", "GET", "/api/products/search"),
        ("backend", "GET", "/api/products/{id}"),
        ("order_service", "GET", "/api/orders/stream"),
        ("user_service", "POST", "/api/auth/register"),
        ("user_service", "POST", "/api/auth/login"),
        ("user_service", "POST", "/api/auth/logout"),
    }


@pytest.mark.parametrize("service", SETTINGS)
def test_names_of_operations_are_unique(service: str) -> None:
    names = [described["operationId"] for _, _, described in operations(current(service))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("service", SETTINGS)
def test_json_is_camel_case(service: str) -> None:
    for name, schema in current(service)["components"]["schemas"].items():
        for field in schema.get("properties", {}):
            assert field.isalnum(), f"{name}.{field}"
            assert field[0].islower(), f"{name}.{field}"


def break_route(document: dict[str, Any]) -> None:
    del document["paths"]["/api/categories"]["get"]


def break_answer(document: dict[str, Any]) -> None:
    del document["paths"]["/api/categories"]["get"]["responses"]["200"]


def break_parameter(document: dict[str, Any]) -> None:
    document["paths"]["/api/products"]["get"]["parameters"].pop(0)


def break_duty(document: dict[str, Any]) -> None:
    document["paths"]["/api/products"]["get"]["parameters"][0]["required"] = True


def break_field(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["CartItem"]["properties"]["stock"]


def break_certainty(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["CartItem"]["required"].remove("stock")


def break_request(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["CartAdd"]["required"].append("quantity")


def break_choice(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["ProductSort"]["enum"].remove("newest")


def break_schema(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["CartItem"]


@pytest.mark.parametrize(
    ("breaking", "told"),
    [
        (break_route, "GET /api/categories: gone"),
        (break_answer, "GET /api/categories: answers 200 no more"),
        (break_parameter, "GET /api/products: parameter page is gone"),
        (break_duty, "GET /api/products: parameter page is required now"),
        (break_field, "CartItem: stock is gone"),
        (break_certainty, "CartItem: stock may be missing now"),
        (break_request, "CartAdd: quantity is required now"),
        (break_choice, "ProductSort: newest is gone"),
        (break_schema, "CartItem: gone"),
    ],
)
def test_changes_that_break_clients_are_told(breaking: Callable[[dict[str, Any]], None], told: str) -> None:
    old = current("backend")
    new = copy.deepcopy(old)
    breaking(new)
    assert told in breaking_changes(old, new)


def test_additions_break_nobody() -> None:
    new = current("backend")
    old = copy.deepcopy(new)
    for breaking in (break_route, break_parameter, break_field, break_choice, break_schema):
        breaking(old)
    assert breaking_changes(old, new) == []
    assert breaking_changes(new, new) == []

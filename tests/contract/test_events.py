"""The events' JSON Schemas: committed, current, and changed additively only."""

import copy
import json
from typing import Any

import pytest

from analytics.registry import PAYLOADS, file_name
from tests.contract.events import FOLDER, as_text, breaking_changes, documents

PERSONAL = {"email", "phone", "address", "contact", "password", "customer", "recipient", "street", "birthday"}
"""Words that no field of an event has in its name. `productName` is no person's."""


def test_the_committed_schemas_are_current() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(documents())
    for name, document in documents().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == as_text(document), "run `python -m tests.contract.events`"


def fields(schema: Any) -> set[str]:
    """Return the names of all fields of a schema, however deep."""
    if isinstance(schema, list):
        return {name for each in schema for name in fields(each)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own.union(*(fields(each) for each in schema.values()))


@pytest.mark.parametrize("kind", PAYLOADS, ids=file_name)
def test_no_event_has_a_field_for_personal_data(kind: Any) -> None:
    names = fields(documents()[file_name(kind)])
    assert names >= {"eventId", "userId", "sessionId", "payload"}
    assert {name for name in names if any(word in name.lower() for word in PERSONAL)} == set()
    assert {name for name in names if name.lower().endswith("name")} <= {"name", "productName"}


def removed_field(document: dict[str, Any]) -> None:
    del document["properties"]["payload"]["properties"]["price"]


def new_duty(document: dict[str, Any]) -> None:
    document["properties"]["payload"]["required"].append("shelf")


def other_type(document: dict[str, Any]) -> None:
    document["properties"]["payload"]["properties"]["price"]["type"] = "string"


def lost_line_field(document: dict[str, Any]) -> None:
    del document["$defs"]["OrderedProduct"]["properties"]["quantity"]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("product-viewed.v1.json", removed_field, "payload.price is gone"),
        ("product-viewed.v1.json", new_duty, "payload.shelf is required now"),
        ("product-viewed.v1.json", other_type, "payload.price: type has changed"),
        ("order-completed.v1.json", lost_line_field, "OrderedProduct.quantity is gone"),
    ],
)
def test_changes_that_break_readers_are_told(name: str, change: Any, told: str) -> None:
    old = documents()[name]
    new = copy.deepcopy(old)
    change(new)
    assert told in set(breaking_changes(old, new))
    assert list(breaking_changes(old, old)) == []


def test_an_added_field_breaks_nobody() -> None:
    new = documents()["product-viewed.v1.json"]
    old = json.loads(json.dumps(new))
    removed_field(old)
    old["properties"]["payload"]["required"].remove("price")
    new["properties"]["payload"]["required"].remove("price")
    assert list(breaking_changes(old, new)) == []

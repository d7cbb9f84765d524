"""What staff do to the catalogue and its stock stands in the audit log, and what was refused does not."""

from typing import Any

import pytest

from tests.support.apps import Login, RunningShop
from tests.support.calls import ok
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

NEW = {"name": "Mousse Xoài", "categoryId": 1, "allergens": ["milk"], "sizes": [{"size": "S", "price": 9, "stock": 5}]}
TOLD = {
    "slug": "mousse-xoai",
    "name": "Mousse Xoài",
    "nameEn": "",
    "category": "mousse",
    "description": "",
    "descriptionEn": "",
    "allergens": ["milk"],
    "occasions": [],
}


@pytest.fixture
async def did(shop: RunningShop, tables: Tables, admin: Login) -> Any:
    """Do something as staff to product 1, and return its entries, oldest first, without what each has alike."""
    tables.category("mousse")
    await ok(shop.backend.post("/api/products", json=NEW, headers=admin.headers), 201)

    async def call(method: str, path: str, body: Any = None, since: int = 1) -> list[dict[str, Any]]:
        answer = await shop.backend.request(method, path, json=body, headers=admin.headers)
        assert answer.is_success, answer.text
        entries = (await ok(shop.backend.get("/api/admin/audit", headers=admin.headers)))["items"][::-1]
        for entry in entries:
            assert entry.pop("service") == "backend"
            assert entry.pop("actorId") == admin.id
            assert entry["action"].split(".")[0] == entry.pop("subject")
        assert not entries or entries[-1]["requestId"] != answer.headers["x-request-id"] or method != "GET"
        return [{k: v for k, v in each.items() if k not in {"id", "at", "requestId"}} for each in entries][since:]

    return call


def entry(action: str, subject_id: object, label: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    return {"action": action, "subjectId": str(subject_id), "label": label, "before": before, "after": after}


async def test_a_product_created(did: Any) -> None:
    created = await did("GET", "/api/admin/products/1", since=0)
    size = {"size": "S", "price": 9, "stock": 5, "serves": None}
    assert created == [entry("product.created", 1, "Mousse Xoài", after={**TOLD, "sizes": [size]})]


async def test_a_product_changed_and_archived_in_one(did: Any, tables: Tables) -> None:
    tables.category("kem")
    change = {"name": "Xoài", "categoryId": 2, "allergens": ["milk", "egg"], "nameEn": "", "archived": True}
    change["occasions"] = ["gift", "birthday"]
    before = {"name": "Mousse Xoài", "category": "mousse", "allergens": ["milk"], "occasions": []}
    after = {"name": "Xoài", "category": "kem", "allergens": ["milk", "egg"], "occasions": ["birthday", "gift"]}
    assert await did("PATCH", "/api/products/1", change) == [
        entry("product.changed", 1, "Xoài", before, after),
        entry("product.archived", 1, "Xoài", {"archived": False}, {"archived": True}),
    ]
    assert await did("PATCH", "/api/products/1", {"archived": False}, since=3) == [
        entry("product.restored", 1, "Xoài", {"archived": True}, {"archived": False})
    ]
    assert await did("DELETE", "/api/products/1", since=4) == [
        entry("product.archived", 1, "Xoài", {"archived": False}, {"archived": True})
    ]


async def test_sizes(did: Any) -> None:
    path, label = "/api/products/1/sizes", "Mousse Xoài (M)"
    states = [{"price": 20, "stock": 2, "serves": None}, {"price": 30, "stock": 2, "serves": 6}]
    assert await did("POST", path, {"size": "M", "price": 20, "stock": 2}) == [
        entry("size.added", 1, label, after=states[0])
    ]
    changes = ({"price": 20, "serves": None}, {"price": 30, "serves": 6})
    assert await did("PATCH", f"{path}/M", {"price": 30, "serves": 6}, since=2) == [
        entry("size.changed", 1, label, *changes)
    ]
    assert await did("DELETE", f"{path}/M", since=3) == [entry("size.removed", 1, label, before=states[1])]


async def test_stock(did: Any) -> None:
    path, label = "/api/products/1/sizes/S/stock", "Mousse Xoài (S)"
    assert await did("PATCH", path, {"stock": 8, "reason": "Kiểm kho"}) == [
        entry("stock.set", 1, label, {"stock": 5}, {"stock": 8, "reason": "Kiểm kho"})
    ]
    assert await did("PATCH", path, {"delta": -8}, since=2) == [
        entry("stock.adjusted", 1, label, {"stock": 8}, {"stock": 0})
    ]


async def test_categories(did: Any) -> None:
    told = {"slug": "kem", "name": "Kem", "nameEn": "", "position": 0}
    assert await did("POST", "/api/categories", {"name": "Kem"}) == [entry("category.created", 2, "Kem", after=told)]
    assert await did("PATCH", "/api/categories/2", {"name": "Kem lạnh"}, since=2) == [
        entry("category.changed", 2, "Kem lạnh", {"name": "Kem"}, {"name": "Kem lạnh"})
    ]
    assert await did("PUT", "/api/admin/categories/order", {"ids": [2, 1]}, since=3) == [
        entry("category.reordered", "all", "", {"order": ["mousse", "kem"]}, {"order": ["kem", "mousse"]})
    ]
    gone = {**told, "name": "Kem lạnh"}
    assert await did("DELETE", "/api/categories/2", since=4) == [entry("category.deleted", 2, "Kem lạnh", before=gone)]


async def test_what_changes_nothing_is_no_deed(did: Any) -> None:
    assert await did("PATCH", "/api/products/1", {"name": "Mousse Xoài", "archived": False}) == []
    assert await did("PATCH", "/api/products/1/sizes/S", {"price": 9}) == []
    assert await did("PATCH", "/api/products/1/sizes/S/stock", {"stock": 5, "reason": "as it is"}) == []
    assert await did("PATCH", "/api/categories/1", {"slug": "mousse"}) == []
    assert await did("PUT", "/api/admin/categories/order", {"ids": [1]}) == []

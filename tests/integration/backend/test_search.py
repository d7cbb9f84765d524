"""Search on the reference catalogue: without accents, unfinished, misspelt, and with anything a keyboard can type."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.media.storage import FolderStorage
from backend.seed.__main__ import seed
from tests.support.apps import RunningShop
from tests.support.calls import ok, refused

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def shop(running: RunningShop, tmp_path_factory: pytest.TempPathFactory) -> RunningShop:
    """The services with the reference catalogue, which these tests only read."""
    media = FolderStorage(Path(tmp_path_factory.mktemp("media")))
    async with running.apps["backend"].state.database.session() as session:
        assert await seed(session, media) == 28
    async with running.apps["backend"].state.database.session() as session:
        assert await seed(session, media) == 0
    return running


async def search(shop: RunningShop, q: str, limit: int = 5) -> Any:
    return await ok(shop.backend.get("/api/products/search", params={"q": q, "limit": limit}))


@pytest.mark.parametrize(
    ("q", "fuzzy", "total", "first"),
    [
        (
            "banh dau do",
            False,
            4,
            ["banh-mousse-dau-do", "banh-kem-dau-vani", "tiramisu-dau-da-lat", "banh-kem-trai-dua"],
        ),
        (
            "Bánh  ĐẬU đỏ",
            False,
            4,
            ["banh-mousse-dau-do", "banh-kem-dau-vani", "tiramisu-dau-da-lat", "banh-kem-trai-dua"],
        ),
        ("tiramusu", True, 7, ["tiramisu-co-dien", "tiramisu-ca-phe-sua", "tiramisu-matcha", "tiramisu-dau-da-lat"]),
        ("mouse", True, 7, ["mousse-chanh-day", "mousse-dau-da-lat", "mousse-so-co-la-ba-tang"]),
        ("crosant", True, 1, ["croissant-bo"]),
        ("strawbery", True, 3, ["mousse-dau-da-lat", "banh-kem-dau-vani", "tiramisu-dau-da-lat"]),
        ("sau rieng", False, 2, ["tiramisu-sau-rieng", "banh-kem-sau-rieng"]),
        ("durian", False, 2, ["tiramisu-sau-rieng", "banh-kem-sau-rieng"]),
        ("tira dau", False, 1, ["tiramisu-dau-da-lat"]),
        ("MATCHA", False, 2, ["tiramisu-matcha", "banh-mousse-dau-do"]),
        ("croi", False, 1, ["croissant-bo"]),
        # Occasions, whose words come after the name's.
        ("bánh sinh nhật", False, 11, ["banh-kem-so-co-la-bac-ha"]),
        ("banh sinh nhat", False, 11, ["banh-kem-so-co-la-bac-ha"]),
        ("birthday", False, 11, ["banh-kem-so-co-la-bac-ha", "mousse-chanh-day", "tiramisu-co-dien"]),
        ("birthday cake", False, 11, []),
        ("sinh nh", False, 12, []),
        ("bánh cưới", False, 4, ["banh-kem-alaska-xoai", "mousse-dau-da-lat"]),
        ("bánh 20/10", False, 3, ["tiramisu-dau-da-lat", "mousse-chanh-day", "mousse-dau-da-lat"]),
        ("sinh nhật dâu", False, 3, ["mousse-dau-da-lat", "tiramisu-dau-da-lat", "banh-kem-dau-vani"]),
        ("zzzz", True, 0, []),
    ],
)
async def test_the_right_cakes_come_first(shop: RunningShop, q: str, fuzzy: bool, total: int, first: list[str]) -> None:
    found = await search(shop, q)
    assert (found["fuzzy"], found["total"]) == (fuzzy, total)
    assert [item["slug"] for item in found["items"]][: len(first)] == first


async def test_the_list_finds_what_the_search_finds(shop: RunningShop) -> None:
    for q in ("banh dau do", "tiramusu"):
        listed = await ok(shop.backend.get("/api/products", params={"q": q, "limit": 5}))
        found = await search(shop, q)
        assert listed["items"] == found["items"]
        assert listed["total"] == found["total"]


async def test_a_search_keeps_the_other_filters(shop: RunningShop) -> None:
    parameters = {"q": "sau rieng", "category": "kem", "inStock": "true", "maxPrice": 400_000}
    page = await ok(shop.backend.get("/api/products", params=parameters))
    assert [item["slug"] for item in page["items"]] == ["banh-kem-sau-rieng"]
    assert {facet["slug"]: facet["count"] for facet in page["facets"]["categories"]} == {
        "mousse": 0,
        "tiramisu": 1,
        "kem": 1,
        "bread": 0,
    }


async def test_an_item_found_is_the_item_listed(shop: RunningShop) -> None:
    [found] = (await search(shop, "croissant", 1))["items"]
    [listed] = (await ok(shop.backend.get("/api/products?category=bread&sort=name&minPrice=32000&maxPrice=32000")))[
        "items"
    ]
    assert found == listed


@pytest.mark.parametrize(
    "q",
    ["%", "_", "\\", "()", "'", "'; drop table product; --", "' & !", "<->", ":*", "| !", "💩", "½", "ß", "\u0e01"],
)
async def test_query_syntax_is_only_text(shop: RunningShop, q: str) -> None:
    found = await search(shop, q)
    assert found["query"] == q
    assert found["total"] == len(found["items"]) == 0
    assert (await search(shop, "matcha"))["total"] == 2


async def test_words_between_syntax_are_found(shop: RunningShop) -> None:
    assert [item["slug"] for item in (await search(shop, "!sau:* & (rieng)"))["items"]] == [
        "tiramisu-sau-rieng",
        "banh-kem-sau-rieng",
    ]


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=20))
async def test_nothing_typed_breaks_it(shop: RunningShop, q: str) -> None:
    await search(shop, q)
    await ok(shop.backend.get("/api/products", params={"q": q, "sort": "price"}))


@pytest.mark.parametrize("query", ["", "q=", "q=%20", "q=a%00", "q=a%0Ab", "q=a&limit=51", "q=" + "a" * 101])
async def test_a_search_needs_words(shop: RunningShop, query: str) -> None:
    await refused(shop.backend.get(f"/api/products/search?{query}"), 422, "validation_error")


async def test_the_seed_follows_the_design(shop: RunningShop) -> None:
    categories = await ok(shop.backend.get("/api/categories"))
    assert [(c["slug"], c["productCount"]) for c in categories] == [
        ("mousse", 7),
        ("tiramisu", 7),
        ("kem", 6),
        ("bread", 8),
    ]
    first = await ok(shop.backend.get("/api/products/1"))
    assert {size["size"]: size["price"] for size in first["sizes"]}["M"] == 299_000
    products = (await ok(shop.backend.get("/api/products?limit=100")))["items"]
    assert all(2 <= len(product["sizes"]) <= 3 and product["image"] for product in products)

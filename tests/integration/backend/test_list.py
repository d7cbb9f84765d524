"""The product list: filters, sorts, facets, pages."""

import re
from typing import Any

import pytest

from tests.support.apps import RunningShop
from tests.support.calls import ok, refused, statements
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

SORTS = ("popular", "newest", "price", "-price", "name")


@pytest.fixture
def shelf(tables: Tables) -> Tables:
    """Three shelves; prices, names and popularities with ties; something sold out, something archived."""
    for position, slug in enumerate(("mousse", "kem", "bread", "empty")):
        tables.category(slug, position=position)
    cakes = [
        ("red-bean", "mousse", {"S": (219_000, 3), "M": (319_000, 0)}, 7),
        ("mango", "mousse", {"M": (329_000, 5)}, 9),
        ("coconut", "mousse", {"M": (219_000, 0)}, 7),
        ("vanilla", "kem", {"S": (249_000, 1), "L": (489_000, 1)}, 7),
        ("durian", "kem", {"M": (369_000, 0)}, 1),
        ("croissant", "bread", {"S": (32_000, 90)}, 12),
        ("pate", "bread", {"S": (28_000, 70)}, 0),
    ]
    for slug, category, sizes, popularity in cakes:
        tables.product(slug, category=category, sizes=sizes, popularity=popularity)
    tables.product("gone", category="bread", sizes={"S": (1_000, 5)}, popularity=99, archived=True)
    return tables


async def listed(shop: RunningShop, **parameters: Any) -> list[str]:
    page = await ok(shop.backend.get("/api/products", params=parameters))
    assert page["total"] == len(page["items"])
    return [item["slug"] for item in page["items"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["croissant", "mango", "red-bean", "coconut", "vanilla", "durian", "pate"]),
        ({"category": "kem"}, ["vanilla", "durian"]),
        ({"category": "empty"}, []),
        ({"category": "unknown"}, []),
        ({"inStock": "true"}, ["croissant", "mango", "red-bean", "vanilla", "pate"]),
        ({"inStock": "false"}, ["croissant", "mango", "red-bean", "coconut", "vanilla", "durian", "pate"]),
        ({"minPrice": 249_000}, ["mango", "vanilla", "durian"]),
        ({"maxPrice": 32_000}, ["croissant", "pate"]),
        ({"minPrice": 32_000, "maxPrice": 219_000}, ["croissant", "red-bean", "coconut"]),
        ({"minPrice": 2, "maxPrice": 1}, []),
        ({"category": "mousse", "inStock": "true", "maxPrice": 300_000}, ["red-bean"]),
        ({"sort": "newest"}, ["pate", "croissant", "durian", "vanilla", "coconut", "mango", "red-bean"]),
        ({"sort": "price"}, ["pate", "croissant", "red-bean", "coconut", "vanilla", "mango", "durian"]),
        ({"sort": "-price"}, ["durian", "mango", "vanilla", "coconut", "red-bean", "croissant", "pate"]),
        ({"sort": "name"}, ["coconut", "croissant", "durian", "mango", "pate", "red-bean", "vanilla"]),
    ],
)
async def test_filters_and_sorts(
    shop: RunningShop, shelf: Tables, filters: dict[str, Any], expected: list[str]
) -> None:
    assert await listed(shop, **filters) == expected


async def test_an_item_says_all_that_a_card_shows(shop: RunningShop, shelf: Tables) -> None:
    page = await ok(shop.backend.get("/api/products", params={"category": "mousse", "limit": 2}))

    assert page["items"][1] == {
        "id": 1,
        "slug": "red-bean",
        "name": "red-bean",
        "nameEn": "",
        "category": {"id": 1, "slug": "mousse", "name": "Mousse", "nameEn": "mousse in English"},
        "image": None,
        "imageSet": None,
        "priceFrom": 219_000,
        "inStock": True,
        "sizes": [
            {"size": "S", "price": 219_000, "stock": 3, "serves": None},
            {"size": "M", "price": 319_000, "stock": 0, "serves": None},
        ],
    }
    assert {name: page[name] for name in ("page", "limit", "total", "pages")} == {
        "page": 1,
        "limit": 2,
        "total": 3,
        "pages": 2,
    }


async def test_each_facet_counts_as_if_its_own_filter_were_not_set(shop: RunningShop, shelf: Tables) -> None:
    wanted = {"category": "mousse", "inStock": "true", "minPrice": 200_000}
    facets = (await ok(shop.backend.get("/api/products", params=wanted)))["facets"]

    assert facets == {
        "categories": [
            {"slug": "mousse", "count": 2},
            {"slug": "kem", "count": 1},
            {"slug": "bread", "count": 0},
            {"slug": "empty", "count": 0},
        ],
        "occasions": [],
        "minPrice": 219_000,
        "maxPrice": 329_000,
        "inStock": 2,
    }


@pytest.fixture
def occasions(shelf: Tables) -> Tables:
    """Birthday: mango, coconut (sold out), croissant, and one archived. Tết: mango, pate. Wedding: vanilla."""
    for slugs, names in (
        (("mango",), ["birthday", "tet"]),
        (("coconut", "croissant", "gone"), ["birthday"]),
        (("pate",), ["tet"]),
        (("vanilla",), ["wedding"]),
    ):
        shelf.run("update backend.product set occasions = %s where slug = any(%s)", names, list(slugs))
    return shelf


@pytest.mark.parametrize(
    ("filters", "expected", "counts"),
    [
        ({}, ["croissant", "mango", "red-bean", "coconut", "vanilla", "durian", "pate"], (3, 1, 2)),
        ({"occasion": "birthday"}, ["croissant", "mango", "coconut"], (3, 1, 2)),
        ({"occasion": "tet"}, ["mango", "pate"], (3, 1, 2)),
        ({"occasion": "birthday", "inStock": "true"}, ["croissant", "mango"], (2, 1, 2)),
        ({"occasion": "tet", "category": "mousse"}, ["mango"], (2, 0, 1)),
        ({"occasion": "christmas"}, [], (3, 1, 2)),
        ({"occasion": "birthday", "sort": "price"}, ["croissant", "coconut", "mango"], (3, 1, 2)),
    ],
)
async def test_products_for_an_occasion(
    shop: RunningShop, occasions: Tables, filters: dict[str, Any], expected: list[str], counts: tuple[int, int, int]
) -> None:
    assert await listed(shop, **filters) == expected
    facets = (await ok(shop.backend.get("/api/products", params=filters)))["facets"]
    names = ("birthday", "wedding", "tet")
    assert facets["occasions"] == [{"occasion": one, "count": n} for one, n in zip(names, counts, strict=True)]


async def test_other_facets_follow_the_occasion(shop: RunningShop, occasions: Tables) -> None:
    facets = (await ok(shop.backend.get("/api/products", params={"occasion": "tet"})))["facets"]
    counts = {each["slug"]: each["count"] for each in facets["categories"]}
    assert counts == {"mousse": 1, "kem": 0, "bread": 1, "empty": 0}
    assert (facets["minPrice"], facets["maxPrice"], facets["inStock"]) == (28_000, 329_000, 2)


async def test_an_occasion_is_one_that_there_is(shop: RunningShop, shelf: Tables) -> None:
    await refused(shop.backend.get("/api/products?occasion=monday"), 422, "validation_error")


async def test_prices_that_match_nothing_still_tell_what_there_is(shop: RunningShop, shelf: Tables) -> None:
    everything = (await ok(shop.backend.get("/api/products")))["facets"]
    page = await ok(shop.backend.get("/api/products", params={"minPrice": 2, "maxPrice": 1}))
    bounds = (page["facets"]["minPrice"], page["facets"]["maxPrice"])
    assert (page["total"], bounds) == (0, (everything["minPrice"], everything["maxPrice"]))
    assert None not in bounds


async def test_facets_of_an_empty_list(shop: RunningShop, shelf: Tables) -> None:
    page = await ok(shop.backend.get("/api/products", params={"category": "empty"}))
    assert (page["items"], page["total"], page["pages"], page["next"]) == ([], 0, 0, None)
    assert (page["facets"]["minPrice"], page["facets"]["maxPrice"], page["facets"]["inStock"]) == (None, None, 0)


async def test_what_is_called_so_comes_before_what_is_for_it(shop: RunningShop, shelf: Tables) -> None:
    words = "Bánh cho tiệc sinh nhật"
    shelf.product("described", description=words, popularity=90)
    shelf.product("tagged", name="Bánh kem", popularity=50)
    shelf.product("named", name="Bánh dâu sinh nhật")
    shelf.run("update backend.product set occasions = '{birthday,kids,wedding,party}' where slug = 'tagged'")
    for q in ("bánh sinh nhật", "sinh nhat", "nhật"):
        assert await listed(shop, q=q) == ["named", "tagged", "described"], q
    assert await listed(shop, q="birthday") == ["tagged"]


@pytest.fixture
def many(tables: Tables) -> int:
    """Put 47 products with few distinct prices, popularities and names on the shelf, so that every sort has ties."""
    for number in range(47):
        tables.product(
            f"cake-{number}",
            name=f"Bánh {'ABC'[number % 3]}",
            popularity=number % 4,
            sizes={"M": (10_000 * (number % 5), number % 2)},
        )
    return 47


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("filters", [{}, {"q": "banh"}])
async def test_every_item_once_over_all_pages(shop: RunningShop, many: int, sort: str, filters: dict[str, str]) -> None:
    async def page(**more: Any) -> dict[str, Any]:
        return await ok(shop.backend.get("/api/products", params={"sort": sort, "limit": 10, **filters, **more}))

    by_number = [item["id"] for number in range(1, 6) for item in (await page(page=number))["items"]]
    following, answer = [], await page()
    while True:
        following += [item["id"] for item in answer["items"]]
        if answer["next"] is None:
            break
        answer = await page(after=answer["next"])

    assert sorted(by_number) == list(range(1, many + 1))
    assert following == by_number


async def test_best_matches_are_paged_by_number(shop: RunningShop, many: int) -> None:
    async def page(number: int) -> dict[str, Any]:
        return await ok(shop.backend.get("/api/products", params={"q": "banh", "limit": 10, "page": number}))

    seen = [item["id"] for number in range(1, 6) for item in (await page(number))["items"]]
    assert sorted(seen) == list(range(1, many + 1))
    assert (await page(1))["next"] is None
    after = (await ok(shop.backend.get("/api/products?limit=1")))["next"]
    await refused(shop.backend.get("/api/products", params={"q": "banh", "after": after}), 422, "invalid_cursor")


async def test_a_page_behind_the_last_is_empty(shop: RunningShop, shelf: Tables) -> None:
    page = await ok(shop.backend.get("/api/products?page=3&limit=5"))
    assert (page["items"], page["total"], page["next"]) == ([], 7, None)


async def test_a_list_goes_ten_thousand_items_deep_by_page(shop: RunningShop, shelf: Tables) -> None:
    await ok(shop.backend.get("/api/products?page=101&limit=100"))
    problem = await refused(shop.backend.get("/api/products?page=102&limit=100"), 422, "page_too_deep")
    assert "`after`" in problem["detail"]
    after = (await ok(shop.backend.get("/api/products?limit=1")))["next"]
    await ok(shop.backend.get("/api/products?page=102&limit=100", params={"after": after}))


async def test_a_cursor_of_another_sort_is_refused(shop: RunningShop, shelf: Tables) -> None:
    after = (await ok(shop.backend.get("/api/products?limit=1&sort=price")))["next"]
    for sort in ("popular", "newest", "-price", "name"):
        await refused(shop.backend.get("/api/products", params={"sort": sort, "after": after}), 422, "invalid_cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=10002", "page"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("sort=weight", "sort"),
        ("minPrice=-1", "minPrice"),
        ("minPrice=99999999999", "minPrice"),
        ("maxPrice=1.5", "maxPrice"),
        ("inStock=maybe", "inStock"),
        ("category=M%C3%B9", "category"),
        ("q=a%00b", "q"),
        ("q=" + "x" * 101, "q"),
        ("after=!", "after"),
    ],
)
async def test_bad_parameters_are_named(shop: RunningShop, query: str, field: str) -> None:
    problem = await refused(shop.backend.get(f"/api/products?{query}"), 422, "validation_error")
    assert [(error["in"], error["field"]) for error in problem["errors"]] == [("query", field)]


@pytest.mark.parametrize("parameters", [{}, {"q": "banh"}, {"q": "bahn"}, {"sort": "name", "category": "mousse"}])
async def test_statements_do_not_grow_with_the_list(
    shop: RunningShop, many: int, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, str]
) -> None:
    counts = []
    for limit in (1, 40):
        async with statements(monkeypatch) as seen:
            await ok(shop.backend.get("/api/products", params={**parameters, "limit": limit}))
        counts.append(len([statement for statement in seen if re.search("from product", statement)]))
    assert counts[0] == counts[1] <= 4

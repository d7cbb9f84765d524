"""The list of products: filters, archiving, trouble."""

from typing import Any

import httpx
import pytest

from storefront.state.admin.products import ProductsQuery, ProductsState, SizeMark
from tests.unit.storefront.admin import admin_product, category, page_of, staff_at
from tests.unit.storefront.fakes import Services, problem, run

pytestmark = pytest.mark.anyio
LIST = "/admin/products"


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {**page_of(*items), "lowAt": 5}


def test_an_address_that_makes_no_sense_shows_the_whole_list() -> None:
    params = {"status": "GONE", "stock": "much", "sort": "-x", "page": "0", "category": "../x"}
    assert ProductsQuery.parse(params) == ProductsQuery()


def test_an_address_says_only_what_is_filtered() -> None:
    query = ProductsQuery(q="dâu", page=3)
    assert query.but(stock="out") == "?q=d%C3%A2u&stock=out"
    assert query.but(page=4) == "?q=d%C3%A2u&page=4"


async def test_the_list_shows_stock_by_size(services: Services) -> None:
    services.answers["GET", "/api/admin/products"] = listed(admin_product())
    services.answers["GET", "/api/categories"] = [category()]
    state = await staff_at(services, ProductsState, f"{LIST}?stock=low")
    await run(state.load())
    row = state.view.rows[0]
    assert row.sizes == (SizeMark("S", 4, "low"), SizeMark("M", 0, "out"))
    assert (row.price, row.has_prices, state.view.is_filtered, state.view.is_loaded) == (
        "199.000\u00a0₫",
        True,
        True,
        True,
    )
    assert services.requests[-2].url.params["stock"] == "low"


@pytest.mark.parametrize(
    ("asked", "total", "sent", "reachable", "is_beyond"),
    [
        (2, 100, 2, 2, False),
        (3, 100, 3, 2, True),
        (9999, 100, 201, 2, True),
        (201, 20_000, 201, 201, False),
        (202, 20_000, 201, 201, True),
        (3, 0, 3, 0, False),
    ],
)
async def test_a_page_that_cannot_be_reached_leads_to_the_last_that_can(
    services: Services, asked: int, total: int, sent: int, reachable: int, is_beyond: bool
) -> None:
    services.answers["GET", "/api/admin/products"] = {
        **listed(admin_product()),
        "total": total,
        "pages": -(-total // 50),
    }
    services.answers["GET", "/api/categories"] = [category()]
    state = await staff_at(services, ProductsState, f"{LIST}?q=kem&page={asked}")
    await run(state.load())
    [request] = [one for one in services.requests if one.url.path == "/api/admin/products"]
    assert request.url.params["page"] == str(sent)
    view = state.view
    assert (view.pages, view.is_beyond, view.rows == ()) == (reachable, is_beyond, is_beyond)
    if is_beyond:
        assert view.last == f"{LIST}?q=kem&page={reachable}"
    if asked == 201:
        assert view.after == ""


async def test_a_list_out_of_reach_says_so_and_tries_again(services: Services) -> None:
    services.answers["GET", "/api/admin/products"] = httpx.ConnectError("down")
    state = await staff_at(services, ProductsState, LIST)
    events = await run(state.load())
    assert "recover" in str(events)
    assert (state.is_unreachable, state.view.is_loaded) == (True, False)


async def test_archiving_can_be_undone(services: Services) -> None:
    services.answers["GET", "/api/admin/products"] = listed()
    services.answers["GET", "/api/categories"] = [category()]
    services.answers["PATCH", "/api/products/5"] = admin_product(archived=True)
    state = await staff_at(services, ProductsState, LIST)
    events = str(await run(state.archive(5)))
    assert services.sent("PATCH", "/api/products/5") == [{"archived": True}]
    assert "put_back" in events
    services.answers["PATCH", "/api/products/5"] = admin_product()
    await run(state.put_back(5))
    assert services.sent("PATCH", "/api/products/5")[-1] == {"archived": False}


async def test_a_product_that_is_gone_is_told(services: Services) -> None:
    services.answers["PATCH", "/api/products/5"] = problem(404, "not_found")
    state = await staff_at(services, ProductsState, LIST)
    assert "Sản phẩm này không còn nữa." in str(await run(state.archive(5)))

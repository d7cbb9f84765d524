"""Changes of the catalogue reach the pages that show them, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shopkit.client import ServiceClient, ServiceUnavailable
from shopkit.contracts.catalog import CatalogChanged, Product
from shopkit.money import format_vnd
from storefront import shelf as shelf_module
from storefront.clients.catalog import CatalogClient
from storefront.shelf import MOST_READ, Changed, Shelf
from storefront.state.catalog import card
from storefront.state.home import HomeState
from storefront.state.menu import MenuState
from storefront.state.product import ProductState
from storefront.state.shelf_page import renewed
from tests.unit.storefront.fakes import NOW, Services, problem, state_of

pytestmark = pytest.mark.anyio


def product(number: int, *, stock: int = 5, price: int = 100_000) -> dict[str, Any]:
    category = {"id": 1, "slug": "bread", "name": "Bánh mì", "nameEn": "Bread"}
    size = {"size": "M", "price": price, "stock": stock, "serves": None}
    whole = {"id": number, "slug": f"cake-{number}", "name": f"Bánh {number}", "nameEn": "", "category": category}
    whole |= {"image": None, "priceFrom": price, "inStock": stock > 0, "sizes": [size], "description": ""}
    return whole | {"descriptionEn": "", "allergens": [], "createdAt": NOW, "updatedAt": NOW}


class Backend(CatalogClient):
    """The backend: its stream says what is put into `stream`; an exception there breaks it."""

    def __init__(self, services: Services) -> None:
        super().__init__(ServiceClient("backend", "http://backend", transport=httpx.MockTransport(services)))
        self.stream: asyncio.Queue[CatalogChanged | Exception | None] = asyncio.Queue()
        self.connections = 0

    async def changes(self) -> AsyncIterator[CatalogChanged | None]:
        self.connections += 1
        while True:
            said = await self.stream.get()
            if isinstance(said, Exception):
                raise said
            yield said

    def says(self, *ids: int) -> None:
        self.stream.put_nowait(CatalogChanged(product_ids=list(ids)))


class Page:
    """An open page: `seen` is what it was told."""

    def __init__(self, shelf: Shelf, *ids: int) -> None:
        self.seen: list[Any] = []
        self.task = asyncio.create_task(self._look(shelf.changes(ids)))

    async def _look(self, changes: AsyncIterator[Changed | None]) -> None:
        async for changed in changes:
            self.seen.append(changed and {n: p and p.sizes[0].stock for n, p in changed.items()})

    async def saw(self, count: int) -> list[Any]:
        async with asyncio.timeout(5):
            while len(self.seen) < count:
                await asyncio.sleep(0.01)
        return self.seen


@pytest.fixture
def backend() -> Backend:
    services = Services()
    for number in range(1, 4):
        services.answers["GET", f"/api/products/{number}"] = product(number)
    double = Backend(services)
    double.services = services  # type: ignore[attr-defined]
    return double


@pytest.fixture
async def shelf(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shelf]:
    monkeypatch.setattr(shelf_module, "RETRY_DELAYS_S", (0.01,))
    shelf = Shelf(backend)
    running = asyncio.create_task(shelf.run())
    yield shelf
    running.cancel()


def services_of(backend: Backend) -> Services:
    found: Services = backend.services  # type: ignore[attr-defined]
    return found


async def test_a_change_is_read_once_and_told_to_those_who_show_it(shelf: Shelf, backend: Backend) -> None:
    pages = [Page(shelf, 1, 2), Page(shelf, 2), Page(shelf, 3)]
    await asyncio.sleep(0.05)
    services_of(backend).answers["GET", "/api/products/2"] = product(2, stock=0)
    backend.says(2, 99)
    assert [await page.saw(1) for page in pages[:2]] == [[{2: 0}], [{2: 0}]]
    assert pages[2].seen == []
    assert [request.url.path for request in services_of(backend).requests] == ["/api/products/2"]


async def test_what_is_sold_no_more_is_none(shelf: Shelf, backend: Backend) -> None:
    page = Page(shelf, 1)
    await asyncio.sleep(0.05)
    services_of(backend).answers["GET", "/api/products/1"] = problem(404, "not_found")
    backend.says(1)
    assert await page.saw(1) == [{1: None}]


async def test_pages_read_anew_when_something_may_have_been_missed(shelf: Shelf, backend: Backend) -> None:
    pages = [Page(shelf, 1), Page(shelf, 2)]
    await asyncio.sleep(0.05)
    backend.stream.put_nowait(None)
    assert [await page.saw(1) for page in pages] == [[None], [None]]
    backend.says()  # everything may have changed
    assert [await page.saw(2) for page in pages] == [[None, None], [None, None]]
    services_of(backend).answers["GET", "/api/products/1"] = httpx.ConnectError("down")
    backend.says(1)
    assert await pages[0].saw(3) == [None, None, None]
    assert len(pages[1].seen) == 2


async def test_too_many_changes_are_not_read_one_by_one(shelf: Shelf, backend: Backend) -> None:
    ids = range(1, MOST_READ + 2)
    page, other = Page(shelf, *ids), Page(shelf, 1_000)
    await asyncio.sleep(0.05)
    backend.says(*ids)
    assert await page.saw(1) == [None]
    assert (other.seen, services_of(backend).requests) == ([], [])


async def test_a_broken_stream_is_followed_again(shelf: Shelf, backend: Backend) -> None:
    page = Page(shelf, 1)
    await asyncio.sleep(0.05)
    backend.stream.put_nowait(ServiceUnavailable("backend"))
    await asyncio.sleep(0.05)
    backend.says(1)
    assert await page.saw(1) == [{1: 5}]
    assert backend.connections == 2


async def test_nobody_is_told_after_leaving(shelf: Shelf, backend: Backend) -> None:
    page = Page(shelf, 1)
    await asyncio.sleep(0.05)
    page.task.cancel()
    await asyncio.gather(page.task, return_exceptions=True)
    backend.says(1)
    await asyncio.sleep(0.3)
    assert (page.seen, services_of(backend).requests) == ([], [])


def test_cards_are_renewed() -> None:
    cards = [card(Product.model_validate(product(number))) for number in (1, 2, 3)]
    now = renewed(cards, {1: Product.model_validate(product(1, stock=0, price=90_000)), 3: None})
    assert [(one.price, one.sold_out) for one in now] == [
        (format_vnd(90_000), True),
        (format_vnd(100_000), False),
        (format_vnd(100_000), True),
    ]


@pytest.mark.parametrize(("kind", "cards"), [(HomeState, "featured"), (MenuState, "cards")])
def test_a_list_shows_what_is_sold_out(kind: Any, cards: str) -> None:
    state = state_of(kind, "/menu")
    setattr(state, cards, [card(Product.model_validate(product(number))) for number in (1, 2)])
    state._take({2: None})
    assert [one.sold_out for one in getattr(state, cards)] == [False, True]
    assert state._shown() == [1, 2]


def test_a_product_page_keeps_what_is_chosen_as_far_as_it_goes() -> None:
    state = state_of(ProductState, "/product/cake-1")
    state._show(Product.model_validate(product(1)))
    state.quantity = 4
    state._take({1: Product.model_validate(product(1, stock=2, price=90_000))})
    assert (state.size, state.quantity, state.stock, state.price) == ("M", 2, 2, format_vnd(90_000))
    state._take({1: Product.model_validate(product(1, stock=0))})
    assert (state.size, state.stock, state.product.in_stock) == ("", 0, False)
    state._take({1: Product.model_validate(product(1))})
    assert (state.size, state.stock, state.product.in_stock) == ("M", 5, True)
    state._take({1: None})
    assert (state.size, state.stock, state.product.in_stock, state.product.name) == ("", 0, False, "Bánh 1")

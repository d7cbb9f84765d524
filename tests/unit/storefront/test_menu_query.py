"""The menu's address says everything the menu shows."""

import pytest

from shopkit.contracts.catalog import Facets, Occasion, OccasionCount, ProductPage
from storefront.snapshot import load_snapshot
from storefront.state.menu import category_choices, occasion_choices, page_links, price_choices
from storefront.state.menu_query import MAX_PAGE, MenuQuery

NO_FACETS = Facets(categories=[], min_price=None, max_price=None, in_stock=0)


def params(query: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in query.lstrip("?").split("&") if pair)


def test_the_whole_menu_has_a_bare_address() -> None:
    assert MenuQuery().but() == ""
    assert not MenuQuery().is_filtered
    assert not MenuQuery(sort="price", page=3).is_filtered


def test_a_search_has_the_best_match_first_unless_another_order_is_asked_for() -> None:
    assert MenuQuery().filters()["sort"] == "popular"
    assert MenuQuery(q="dau").filters()["sort"] is None
    assert MenuQuery(q="dau", sort="price").filters()["sort"] == "price"


def test_an_address_read_and_written_is_the_same() -> None:
    address = MenuQuery("mousse", "birthday", q="dau", min=100_000, max=300_000, stock=True, sort="-price")
    assert MenuQuery.parse(params(address.but(page=3))) == MenuQuery(**{**vars(address), "page": 3})


def test_any_other_change_goes_back_to_the_first_page() -> None:
    assert MenuQuery(category="mousse", page=4).but(sort="price") == "?category=mousse&sort=price"
    assert MenuQuery(category="mousse", page=4).but(page=5) == "?category=mousse&page=5"


@pytest.mark.parametrize(
    "broken",
    [
        {"page": "-1"},
        {"page": "0"},
        {"page": "x"},
        {"page": "²"},
        {"sort": "cheapest"},
        {"min": "abc"},
        {"max": "9" * 40},
        {"stock": "yes"},
        {"category": "../admin"},
        {"category": "bánh"},
        {"occasion": "monday"},
        {"occasion": "Birthday"},
        {"q": "\x00\x1f  "},
    ],
)
def test_what_cannot_be_read_counts_as_not_there(broken: dict[str, str]) -> None:
    assert MenuQuery.parse(broken) == MenuQuery()


def test_long_input_is_cut() -> None:
    assert len(MenuQuery.parse({"q": "a" * 5_000}).q) == 100
    assert MenuQuery.parse({"page": "999999999"}).page == MAX_PAGE


def test_prices_may_be_typed_with_dots() -> None:
    assert MenuQuery.parse({"min": "150.000"}).min == 150_000


def test_a_category_leads_to_itself_and_the_chosen_one_away() -> None:
    snapshot = load_snapshot()
    choices = category_choices(MenuQuery(category="kem", sort="price"), snapshot.categories, snapshot.menu)
    by_key = {choice.key: choice for choice in choices}
    assert (by_key["kem"].on, by_key["kem"].query) == (True, "?sort=price")
    assert (by_key["mousse"].on, by_key["mousse"].query) == (False, "?category=mousse&sort=price")


def test_an_occasion_leads_to_itself_and_the_chosen_one_away() -> None:
    page = load_snapshot().menu
    assert occasion_choices(MenuQuery(), page.model_copy(update={"facets": NO_FACETS})) == []
    counts = [OccasionCount(occasion=Occasion.BIRTHDAY, count=3), OccasionCount(occasion=Occasion.TET, count=0)]
    page = page.model_copy(update={"facets": NO_FACETS.model_copy(update={"occasions": counts})})
    query = MenuQuery(category="kem", occasion="wedding", page=2)
    choices = [(one.key, one.count, one.query, one.on) for one in occasion_choices(query, page)]
    assert choices == [
        ("birthday", 3, "?category=kem&occasion=birthday", False),
        ("wedding", 0, "?category=kem", True),
    ]
    assert query.filters()["occasion"] == "wedding"
    assert query.is_filtered


def test_a_price_band_that_is_on_leads_to_no_band() -> None:
    bands = price_choices(MenuQuery(min=200_000, max=350_000), 25_000, 600_000)
    assert [band.on for band in bands] == [False, True, False, False]
    assert bands[1].query == ""
    assert bands[3].query == "?min=500000"


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 0, []),
        (1, 1, []),
        (1, 2, [1, 2]),
        (1, 9, [1, 2, 0, 9]),
        (5, 9, [1, 0, 4, 5, 6, 0, 9]),
        (9, 9, [1, 0, 8, 9]),
        (40, 9, [1, 0, 9]),
    ],
)
def test_page_links_show_the_ends_and_the_neighbours(page: int, pages: int, shown: list[int]) -> None:
    assert [link.number for link in page_links(MenuQuery(page=page), pages)] == shown


def test_the_snapshot_has_the_contracts_shape() -> None:
    snapshot = load_snapshot()
    assert ProductPage.model_validate(snapshot.menu.model_dump())
    assert len(snapshot.featured) == 8
    assert snapshot.menu.items[0].id >= 1
    assert {category.slug for category in snapshot.categories} == {"mousse", "tiramisu", "kem", "bread"}


def test_bands_that_match_nothing_are_not_offered() -> None:
    def keys(query: MenuQuery, least: int, most: int) -> list[str]:
        return [choice.key for choice in price_choices(query, least, most)]

    assert keys(MenuQuery(), 25_000, 369_000) == ["0-200000", "200000-350000", "350000-500000"]
    assert keys(MenuQuery(), 250_000, 300_000) == ["200000-350000"]
    assert keys(MenuQuery(), 0, 0) == []
    assert keys(MenuQuery(min=500_000), 25_000, 199_000) == ["0-200000", "500000-0"]

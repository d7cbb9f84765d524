"""What search fields suggest."""

from typing import Any

import httpx
import pytest

from storefront.snapshot import load_snapshot
from storefront.state.search import SearchState
from tests.unit.storefront.fakes import Services, problem, run, state_of

pytestmark = pytest.mark.anyio
SEARCH = ("GET", "/api/products/search")
CAKES = [product.model_dump(by_alias=True, mode="json") for product in load_snapshot().menu.items[:3]]


@pytest.fixture
def state(services: Services) -> SearchState:
    services.answers[SEARCH] = {"query": "x", "items": CAKES, "total": 3, "fuzzy": False}
    return state_of(SearchState)


async def test_suggestions_are_for_the_field_that_is_typed_into(state: SearchState, services: Services) -> None:
    await run(state.suggest("header", "  ban "))
    assert [one.slug for one in state.suggestions] == [cake["slug"] for cake in CAKES]
    assert (state.where, state.suggesting_for, state.active) == ("header", "ban", -1)
    (asked,) = services.requests
    assert asked.url.params["q"] == "ban"
    await run(state.suggest("sheet", "banh"))
    assert state.where == "sheet"


@pytest.mark.parametrize("text", ["", "b", "  b  ", "\x00\x07"])
async def test_too_little_suggests_nothing(state: SearchState, services: Services, text: str) -> None:
    await run(state.suggest("header", "banh"))
    await run(state.suggest("header", text))
    assert (state.where, state.suggestions, len(services.requests)) == ("", [], 1)


async def test_what_is_typed_is_cut(state: SearchState, services: Services) -> None:
    await run(state.suggest("header", "b" * 100_000))
    assert len(state.suggesting_for) == 100
    assert services.requests[0].url.params["q"] == "b" * 100


@pytest.mark.parametrize("answer", [problem(500, "internal_error"), httpx.ConnectError("refused")])
async def test_without_the_backend_nothing_is_suggested(state: SearchState, services: Services, answer: Any) -> None:
    services.answers[SEARCH] = answer
    await run(state.suggest("header", "banh"))
    assert (state.where, state.suggestions) == ("", [])


async def test_no_match_is_told(state: SearchState, services: Services) -> None:
    services.answers[SEARCH] = {"query": "x", "items": [], "total": 0, "fuzzy": False}
    await run(state.suggest("header", "zzzz"))
    assert (state.where, state.suggestions) == ("header", [])


async def test_the_arrow_keys_go_round_and_escape_closes(state: SearchState, services: Services) -> None:
    await run(state.suggest("header", "banh"))
    seen = []
    for key in ["ArrowDown"] * 4 + ["ArrowUp"] * 2:
        state.press("header", key)
        seen.append(state.active)
    assert seen == [0, 1, 2, -1, 2, 1]
    state.press("header", "Escape")
    assert (state.where, state.active) == ("", -1)
    state.press("header", "ArrowDown")
    assert (state.where, state.active) == ("header", -1)  # opens them first
    state.close()
    assert (state.where, len(state.suggestions)) == ("", 3)

"""The categories: their order, their names, and why one cannot go."""

from typing import Any

import httpx
import pytest

from storefront.state.admin.categories import NEW, CategoriesState
from tests.unit.storefront.admin import category, staff_at
from tests.unit.storefront.fakes import Services, problem, run

pytestmark = pytest.mark.anyio
ORDER = ("PUT", "/api/admin/categories/order")
THREE = [category(), category(id=2, slug="kem", name="Kem", nameEn="Ice"), category(id=3, slug="bread", name="Bánh mì")]


async def opened(services: Services) -> Any:
    services.answers["GET", "/api/categories"] = THREE
    state = await staff_at(services, CategoriesState, "/admin/categories")
    await run(state.load())
    return state


async def test_the_list_knows_its_ends(services: Services) -> None:
    state = await opened(services)
    assert [(row.name, row.is_first, row.is_last) for row in state.rows] == [
        ("Mousse", True, False),
        ("Kem", False, False),
        ("Bánh mì", False, True),
    ]


@pytest.mark.parametrize(
    ("event", "ids", "said"),
    [
        (("move", 1, 1), [2, 1, 3], "Mousse: vị trí 2 trên 3."),
        (("move", 3, -1), [1, 3, 2], "Bánh mì: vị trí 2 trên 3."),
        (("drop", "1:2"), [2, 3, 1], "Mousse: vị trí 3 trên 3."),
        (("drop", "3:0"), [3, 1, 2], "Bánh mì: vị trí 1 trên 3."),
    ],
)
async def test_the_order_is_saved_at_once(
    services: Services, event: tuple[Any, ...], ids: list[int], said: str
) -> None:
    state = await opened(services)
    services.answers[ORDER] = [next(one for one in THREE if one["id"] == number) for number in ids]
    await run(getattr(state, event[0])(*event[1:]))
    assert services.sent(*ORDER) == [{"ids": ids}]
    assert [row.id for row in state.rows] == ids
    assert (state.said, state.rows[0].is_first, state.rows[-1].is_last) == (said, True, True)


@pytest.mark.parametrize("event", [("move", 1, -1), ("move", 9, 1), ("drop", "1:3"), ("drop", "9:0"), ("drop", "x")])
async def test_what_leads_nowhere_changes_nothing(services: Services, event: tuple[Any, ...]) -> None:
    state = await opened(services)
    await run(getattr(state, event[0])(*event[1:]))
    assert services.sent(*ORDER) == []
    assert [row.id for row in state.rows] == [1, 2, 3]


async def test_an_order_that_is_refused_is_taken_back(services: Services) -> None:
    state = await opened(services)
    services.answers[ORDER] = problem(409, "categories_changed")
    assert "vừa được người khác thay đổi" in str(await run(state.move(1, 1)))
    assert [row.id for row in state.rows] == [1, 2, 3]


async def test_a_category_is_made_and_comes_last(services: Services) -> None:
    state = await opened(services)
    services.answers["POST", "/api/categories"] = category(id=4, name="Bánh quy")
    state.edit(NEW)
    await run(state.save({"category-name": " Bánh quy ", "category-name_en": "Cookies"}))
    assert services.sent("POST", "/api/categories") == [{"name": "Bánh quy", "nameEn": "Cookies", "position": 3}]
    assert state.editing == 0


async def test_a_category_is_renamed(services: Services) -> None:
    state = await opened(services)
    services.answers["PATCH", "/api/categories/2"] = category(id=2)
    state.edit(2)
    await run(state.save({"category-name": "Kem lạnh", "category-name_en": ""}))
    assert services.sent("PATCH", "/api/categories/2") == [{"name": "Kem lạnh", "nameEn": ""}]


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("", None, "Hãy đặt tên cho danh mục."),
        ("x" * 201, None, "Tên dài quá giới hạn"),
        ("Kem", problem(409, "slug_taken"), "Một danh mục khác đã có tên như vậy."),
        ("Kem", httpx.ConnectError("down"), "tạm thời chưa phản hồi"),
    ],
)
async def test_a_name_that_is_not_taken_is_told_at_its_field(
    services: Services, name: str, answer: Any, told: str
) -> None:
    state = await opened(services)
    services.answers["PATCH", "/api/categories/2"] = answer
    state.edit(2)
    await run(state.save({"category-name": name, "category-name_en": ""}))
    assert told in state.errors["category-name"]
    assert (state.editing, state.is_busy) == (2, False)


async def test_a_category_with_products_stays_and_why_is_told(services: Services) -> None:
    state = await opened(services)
    services.answers["DELETE", "/api/categories/1"] = problem(409, "category_not_empty")
    state.ask_delete(1, "Mousse")
    assert "Danh mục này còn sản phẩm" in str(await run(state.delete()))
    services.answers["DELETE", "/api/categories/1"] = httpx.Response(204)
    assert "Đã xóa danh mục “Mousse”." in str(await run(state.delete()))

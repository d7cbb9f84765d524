"""The page of one product: saving, what two admins do at once, and trouble. Nothing typed is lost."""

import json
from typing import Any

import httpx
import pytest

from shopkit.contracts.catalog import Product
from storefront.state.admin.picture import PictureState
from storefront.state.admin.product import ProductState
from storefront.state.admin.product_form import key_of
from tests.unit.storefront.admin import admin_product, category, staff_at
from tests.unit.storefront.fakes import SID, Services, problem, run
from tests.unit.storefront.test_admin_product_form import form

pytestmark = pytest.mark.anyio
PAGE = "/admin/products/5"
READ = ("GET", "/api/admin/products/5")
CHANGE = ("PATCH", "/api/products/5")
LATER = "2026-03-01T03:00:00Z"
S = key_of("S")


async def opened(services: Services, path: str = PAGE) -> Any:
    services.answers["GET", "/api/categories"] = [category(), category(id=2, name="Tiramisu", nameEn="")]
    services.answers.setdefault(READ, admin_product())
    state = await staff_at(services, ProductState, path)
    await run(state.load())
    return state


def typed(**fields: str) -> dict[str, Any]:
    return form(Product.model_validate(admin_product()), **fields)


def kept(values: dict[str, str], base: dict[str, str]) -> str:
    """Return a draft as the browser keeps it."""
    return json.dumps({"at": 1_772_330_400_000, "values": values, "base": base})


def filled(events: Any) -> Any:
    """Return what is put into the form's fields."""
    script = str(events[0].args[0][1]._var_value)
    return json.loads(
        script.partition('"product-5",' if "product-5" in script else '"product-new",')[2].partition(")})")[0]
    )


async def test_the_form_shows_the_product_and_asks_for_what_was_kept(services: Services) -> None:
    services.answers["GET", "/api/categories"] = [category()]
    services.answers[READ] = admin_product()
    state = await staff_at(services, ProductState, PAGE)
    events = str(await run(state.load()))
    assert "product-5" in events
    assert "take_draft" in events
    assert (state.item.name, state.item.is_loaded, state.values["category"]) == ("Mousse dâu", True, "1")
    assert [(row.size, row.price, row.stock) for row in state.rows] == [("S", "199.000", 4), ("M", "299.000", 0)]


@pytest.mark.parametrize("place", ["abc", "0", "999"])
async def test_a_product_that_there_is_not_is_missing(services: Services, place: str) -> None:
    state = await opened(services, f"/admin/products/{place}")
    assert (state.item.is_missing, state.item.is_loaded, state.is_unreachable) == (True, False, False)


async def test_only_what_changed_is_saved(services: Services) -> None:
    state = await opened(services)
    changed = admin_product(name="Mousse xoài", updatedAt=LATER)
    services.answers[CHANGE] = changed
    services.answers["PATCH", "/api/products/5/sizes/S"] = changed
    events = str(await run(state.save(typed(name="Mousse xoài", **{f"price-{S}": "205.000"}))))
    seen = admin_product()["updatedAt"].replace("+00:00", "Z")
    assert services.sent(*CHANGE) == [{"name": "Mousse xoài", "seenAt": seen}]
    assert services.sent("PATCH", "/api/products/5/sizes/S") == [{"price": 205000, "seenAt": LATER}]
    assert "Đã lưu." in events
    assert 'clean("product-5")' in events
    assert (state.is_saving, state.errors, state.notice) == (False, {}, "")


async def test_how_many_a_size_serves_may_become_unknown(services: Services) -> None:
    state = await opened(services)
    services.answers["PATCH", "/api/products/5/sizes/S"] = admin_product()
    await run(state.save(typed(**{f"serves-{S}": ""})))
    seen = admin_product()["updatedAt"].replace("+00:00", "Z")
    assert services.sent("PATCH", "/api/products/5/sizes/S") == [{"serves": None, "seenAt": seen}]


async def test_sizes_are_added_and_removed_when_saving(services: Services) -> None:
    state = await opened(services)
    state.add_size()
    state.remove_size(S)
    added = admin_product(
        sizes=[{"size": "M", "price": 299000, "stock": 0}, {"size": "L", "price": 399000, "stock": 3}]
    )
    services.answers["POST", "/api/products/5/sizes"] = admin_product()
    services.answers["DELETE", "/api/products/5/sizes/S"] = added
    assert services.sent("DELETE", "/api/products/5/sizes/S") == []
    await run(state.save(typed(**{"size-n1": "L", "price-n1": "399.000", "stock-n1": "3", "serves-n1": ""})))
    assert services.sent("POST", "/api/products/5/sizes") == [
        {"size": "L", "price": 399000, "stock": 3, "serves": None}
    ]
    assert len(services.sent("DELETE", "/api/products/5/sizes/S")) == 1
    assert [row.size for row in state.rows] == ["M", "L"]


async def test_a_size_that_is_to_go_can_be_kept(services: Services) -> None:
    state = await opened(services)
    state.remove_size(S)
    state.keep_size(S)
    await run(state.save(typed()))
    assert [(row.size, row.is_removed) for row in state.rows] == [("S", False), ("M", False)]
    assert services.sent("DELETE", "/api/products/5/sizes/S") == []


async def test_what_is_wrong_is_told_and_nothing_is_sent(services: Services) -> None:
    state = await opened(services)
    events = str(await run(state.save(typed(name="", **{f"price-{S}": "x"}))))
    assert set(state.errors) == {"name", f"price-{S}"}
    assert "getElementById('name')" in events
    assert services.sent(*CHANGE) == []


async def test_what_was_wrong_is_taken_back_when_it_is_mended(services: Services) -> None:
    state = await opened(services)
    await run(state.save(typed(name="", **{f"price-{S}": "x"})))
    assert state.notice == "Hãy xem lại những ô được đánh dấu."
    state.mend("name")
    assert (set(state.errors), bool(state.notice)) == ({f"price-{S}"}, True)
    state.mend(f"price-{S}")
    assert (state.errors, state.notice) == ({}, "")


async def test_a_size_that_is_added_or_kept_mends_the_sizes(services: Services) -> None:
    state = await opened(services)
    for change in (state.add_size, lambda: state.keep_size(S)):
        for row in list(state.rows):
            state.remove_size(row.key)
        await run(state.save(typed()))
        assert set(state.errors) == {"sizes"}
        change()
        assert (state.errors, state.notice) == ({}, "")


async def test_a_notice_without_a_field_stays(services: Services) -> None:
    state = await opened(services)
    services.answers[CHANGE] = httpx.ConnectError("down")
    await run(state.save(typed(name="Khác")))
    state.mend("name")
    assert "Những gì bạn nhập vẫn còn" in state.notice


async def test_another_admins_change_is_told_and_nothing_is_overwritten(services: Services) -> None:
    state = await opened(services)
    services.answers[READ] = admin_product(name="Của họ", nameEn="Theirs", updatedAt=LATER)
    events = str(await run(state.save(typed(name="Của tôi"))))
    assert services.sent(*CHANGE) == []
    assert state.conflicts == {"name": "Của họ"}
    assert "Người khác đã đổi" in state.notice
    assert "Theirs" in events

    services.answers[CHANGE] = admin_product(name="Của tôi", nameEn="Theirs", updatedAt=LATER)
    await run(state.save(typed(name="Của tôi", name_en="Theirs")))
    assert services.sent(*CHANGE) == [{"name": "Của tôi", "seenAt": LATER}]
    assert state.conflicts == {}


async def test_what_only_the_other_changed_is_shown_beside_a_conflict(services: Services) -> None:
    state = await opened(services)
    services.answers[READ] = admin_product(name="Của họ", allergens=["egg"], updatedAt=LATER)
    await run(state.save(typed(name="Của tôi")))
    assert (state.values["allergen-egg"], state.values["allergen-milk"]) == ("1", "")
    assert state.values["name"] == "Mousse dâu"


async def test_the_others_occasions_can_be_taken(services: Services) -> None:
    state = await opened(services)
    services.answers[READ] = admin_product(occasions=["kids", "tet"], updatedAt=LATER)
    await run(state.save(typed(**{"occasion-birthday": "on"})))
    assert state.conflicts == {"occasions": "Cho bé, Tết"}
    events = str(state.take_theirs("occasions"))
    assert "occasion-kids" in events
    assert services.sent(*CHANGE) == []


async def test_the_others_value_can_be_taken(services: Services) -> None:
    state = await opened(services)
    services.answers[READ] = admin_product(name="Của họ", updatedAt=LATER)
    await run(state.save(typed(name="Của tôi")))
    assert "u1ee7a h" in str(state.take_theirs("name"))
    assert state.conflicts == {}
    assert state.take_theirs("name") is None


async def test_what_only_the_other_changed_is_kept_without_asking(services: Services) -> None:
    state = await opened(services)
    services.answers[READ] = admin_product(nameEn="Theirs", updatedAt=LATER)
    services.answers[CHANGE] = admin_product(name="Của tôi", nameEn="Theirs", updatedAt=LATER)
    await run(state.save(typed(name="Của tôi")))
    assert services.sent(*CHANGE) == [{"name": "Của tôi", "seenAt": LATER}]
    assert state.values["name_en"] == "Theirs"


async def test_somebody_faster_by_a_moment_is_seen_too(services: Services) -> None:
    state = await opened(services)
    tries: list[int] = []

    def change(_: httpx.Request) -> httpx.Response:
        tries.append(1)
        if len(tries) == 1:
            services.answers[READ] = admin_product(name="Của họ", updatedAt=LATER)
            return problem(409, "version_conflict")
        return httpx.Response(200, json=admin_product())

    services.answers[CHANGE] = change
    await run(state.save(typed(name="Của tôi")))
    assert (len(tries), state.conflicts) == (1, {"name": "Của họ"})


@pytest.mark.parametrize(
    ("answer", "field", "text"),
    [
        (problem(409, "slug_taken"), "slug", "Một sản phẩm khác đã dùng địa chỉ này."),
        (problem(422, "unknown_category"), "category", "Danh mục này vừa bị xóa"),
    ],
)
async def test_a_refusal_is_told_at_its_field(services: Services, answer: Any, field: str, text: str) -> None:
    state = await opened(services)
    services.answers[CHANGE] = answer
    events = str(await run(state.save(typed(name="Khác"))))
    assert text in state.errors[field]
    assert f"getElementById('{field}')" in events
    assert "clean" not in events


async def test_a_service_that_is_down_costs_nothing_that_is_typed(services: Services) -> None:
    state = await opened(services)
    services.answers[CHANGE] = httpx.ConnectError("down")
    events = str(await run(state.save(typed(name="Khác"))))
    assert "Những gì bạn nhập vẫn còn" in state.notice
    assert "clean" not in events
    assert state.is_saving is False


async def test_an_ended_session_leads_to_the_login_and_back_and_what_is_typed_stays(services: Services) -> None:
    state = await opened(services)
    services.answers[READ] = problem(401, "unauthenticated")
    services.answers["POST", f"/internal/sessions/{SID}/token"] = problem(404, "not_found")
    events = str(await run(state.save(typed(name="Khác"))))
    assert "/login?next=%2Fadmin%2Fproducts%2F5" in events
    assert "clean" not in events


async def test_what_the_browser_kept_is_put_back(services: Services) -> None:
    state = await opened(services)
    values = {"name": "Dở dang", f"removed-{S}": "1", "size-n2": "XL", "price-n2": "9", "allergen-milk": ""}
    events = filled(state.take_draft(kept(values, {"name": "Mousse dâu", "allergen-milk": "1"})))
    assert events == values
    assert [(row.size, row.is_removed, row.is_new) for row in state.rows] == [
        ("S", True, False),
        ("M", False, False),
        ("", False, True),
    ]
    assert "09:00" in state.restored
    assert (state.conflicts, state.notice) == ({}, "")


async def test_what_another_saved_since_is_not_undone_by_it(services: Services) -> None:
    sizes = [{**size, "price": 150_000} if size["size"] == "S" else size for size in admin_product()["sizes"]]
    services.answers[READ] = admin_product(sizes=sizes, description="Của họ", allergens=["egg"], updatedAt=LATER)
    state = await opened(services)
    draft = kept({"name_en": "Mine"}, {"name_en": "Strawberry mousse"})
    assert filled(state.take_draft(draft)) == {"name_en": "Mine"}
    assert (state.conflicts, state.values[f"price-{S}"], state.values["description"]) == ({}, "150.000", "Của họ")
    services.answers[CHANGE] = {**services.answers[READ], "nameEn": "Mine"}
    shown = Product.model_validate(services.answers[READ])
    await run(state.save(form(shown, name_en="Mine")))
    assert services.sent(*CHANGE) == [{"nameEn": "Mine", "seenAt": LATER}]
    assert services.sent("PATCH", "/api/products/5/sizes/S") == []


async def test_what_another_saved_in_the_same_field_is_told(services: Services) -> None:
    services.answers[READ] = admin_product(name="Của họ", updatedAt=LATER)
    state = await opened(services)
    values = {"name": "Của tôi", f"price-{S}": "199000"}  # the price has become what was typed
    draft = kept(values, {"name": "Mousse dâu", f"price-{S}": "205.000"})
    assert filled(state.take_draft(draft)) == {"name": "Của tôi"}
    assert state.conflicts == {"name": "Của họ"}
    assert "Người khác đã đổi" in state.notice
    assert state.values["name"] == "Mousse dâu"  # what the browser goes on keeping as its beginning
    assert filled(state.take_theirs("name")) == {"name": "Của họ"}


@pytest.mark.parametrize("values", [{}, {"name": "Mousse dâu"}, {"price-s58": "9"}, {"removed-s58": "1"}, {"x": "y"}])
async def test_a_draft_of_nothing_that_differs_is_thrown_away(services: Services, values: dict[str, str]) -> None:
    state = await opened(services)
    assert 'clean("product-5")' in str(state.take_draft(kept(values, {"name": "Cũ"}))).replace("\\", "")
    assert (state.restored, [row.size for row in state.rows]) == ("", ["S", "M"])


async def test_what_is_typed_for_a_new_product_is_put_back_with_its_sizes(services: Services) -> None:
    state = await opened(services, "/admin/products/new")
    cells = {"size-n2": "M", "price-n2": "9", "serves-n2": "", "stock-n2": ""}
    assert filled(state.take_draft(kept({"name": "Bánh", **cells}, {}))) == {
        "name": "Bánh",
        "size-n2": "M",
        "price-n2": "9",
    }
    assert [row.key for row in state.rows] == ["n2"]


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"at": "x", "values": {}, "base": {}}', '{"at": 1e99, "values": {}, "base": {}}', "{"],
)
async def test_what_cannot_be_read_of_it_is_left_alone(services: Services, text: str) -> None:
    state = await opened(services)
    assert state.take_draft(text) is None
    assert state.restored == ""


async def test_a_new_product_is_created_with_its_picture(services: Services) -> None:
    services.answers["POST", "/api/products"] = admin_product(id=9)
    services.answers["POST", "/api/products/9/image"] = admin_product(id=9, image="/media/products/x.webp")
    state = await opened(services, "/admin/products/new")
    picture = await state.get_state(PictureState)
    picture._keep("a.png", b"\x89PNG\r\n\x1a\nrest")
    cells = {"size-n1": "M", "price-n1": "299.000", "stock-n1": "5", "serves-n1": ""}
    events = str(await run(state.save({"name": "Bánh mới", "category": "2", "allergen-nuts": "on", **cells})))
    sent = services.sent("POST", "/api/products")[0]
    assert (sent["name"], sent["slug"], sent["categoryId"], sent["allergens"]) == ("Bánh mới", None, 2, ["nuts"])
    assert sent["sizes"] == [{"size": "M", "price": 299000, "stock": 5, "serves": None}]
    upload = next(request for request in services.requests if request.url.path == "/api/products/9/image")
    assert b"\x89PNG" in upload.content
    assert "/admin/products/9" in events
    assert 'clean("product-new")' in events


async def test_a_new_product_waits_for_its_picture(services: Services) -> None:
    state = await opened(services, "/admin/products/new")
    picture = await state.get_state(PictureState)
    picture.begin("a.png", 9)
    cells = {"size-n1": "M", "price-n1": "299.000"}
    await run(state.save({"name": "Bánh mới", "category": "2", **cells}))
    assert state.notice == "Hình đang được tải lên. Đợi tải xong rồi thêm sản phẩm."
    assert services.sent("POST", "/api/products") == []


async def test_an_address_is_proposed_until_another_is_typed(services: Services) -> None:
    state = await opened(services, "/admin/products/new")
    assert "mousse-dau-do" in str(state.propose("Mousse Đậu Đỏ"))
    assert 'e.value==="mousse-dau-do"' in str(state.propose("Mousse Đậu")).replace("\\", "")
    state = await opened(services)
    assert state.propose("Khác") is None


async def test_archiving_from_the_page_leaves_what_is_typed(services: Services) -> None:
    state = await opened(services)
    services.answers[CHANGE] = admin_product(archived=True)
    events = str(await run(state.shelve(True)))
    assert services.sent(*CHANGE) == [{"archived": True}]
    assert state.item.archived is True
    assert "clean" not in events


async def test_signing_out_leaves_nothing_that_was_typed(services: Services) -> None:
    state = await opened(services)
    events = str(await run(state.sign_out()))
    assert "sweetdream.draft." in events
    assert "removeItem" in events

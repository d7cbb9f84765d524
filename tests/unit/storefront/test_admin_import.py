"""A catalogue from a file: looked at, told in the person's language, and done only as it was shown."""

from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import reflex as rx

from storefront.state.admin.catalogue_import import MAX_BYTES, ChangedField, ImportState
from tests.unit.storefront.admin import staff_at
from tests.unit.storefront.fakes import Services, problem, run

pytestmark = pytest.mark.anyio
IMPORT = ("POST", "/api/admin/products/import")
CSV = b"slug,size,price\nmousse-dau,S,205000\n"


def report(**change: Any) -> dict[str, Any]:
    changes = [{"slug": "mousse-dau", "name": "Mousse dâu", "action": "changed", "fields": ["price (S): 1 → 2"]}]
    whole = {"lines": 1, "created": 0, "changed": 1, "unchanged": 3, "changes": changes, "problems": []}
    return {**whole, "applied": False, "digest": "a" * 32, **change}


def file(content: bytes = CSV) -> list[Any]:
    return [rx.UploadFile(file=BytesIO(content), path=Path("banh.csv"), size=len(content))]


async def looked_at(services: Services, answer: Any) -> Any:
    services.answers[IMPORT] = answer
    state = await staff_at(services, ImportState, "/admin/import")
    state.begin("banh.csv", len(CSV))
    await run(state.take(file()))
    return state


async def test_a_file_is_looked_at_before_anything_is_done(services: Services) -> None:
    state = await looked_at(services, report())
    sent = services.requests[-1]
    assert (sent.content, sent.headers["Content-Type"], sent.url.params["dryRun"]) == (CSV, "text/csv", "true")
    assert (state.sheet.step, state.sheet.can_apply, state.sheet.changed, state.sheet.unchanged) == (
        "checked",
        True,
        1,
        3,
    )
    assert state.sheet.changes[0].fields == (ChangedField("giá (S): 1\u00a0₫ → 2\u00a0₫", is_emptied=False),)


@pytest.mark.parametrize(
    ("field", "told", "is_emptied"),
    [
        ("price (S): 299000 → 301000", "giá (S): 299.000\u00a0₫ → 301.000\u00a0₫", False),
        ("price (Lớn (2): nhỏ): 299000", "giá (Lớn (2): nhỏ): 299.000\u00a0₫", False),
        ("stock (M): 1200 → 0", "tồn kho (M): 1.200 → 0", False),
        ("allergens: milk egg → ", "dị ứng: milk egg → (trống)", True),
        ("occasions: tet → birthday tet", "dịp: tet → birthday tet", False),
        ("serves (S): 4 → ", "phục vụ (S): 4 → (trống)", True),
        ("serves (S): ", "phục vụ (S): (trống)", False),
        ("description: price (S): 5 → b", "mô tả: price (S): 5 → b", False),
        ("a_new_one: x", "a_new_one: x", False),
    ],
)
async def test_a_change_is_told_as_people_read_it(services: Services, field: str, told: str, is_emptied: bool) -> None:
    change = {"slug": "mousse-dau", "name": "Mousse dâu", "action": "changed", "fields": [field]}
    state = await looked_at(services, report(changes=[change]))
    assert state.sheet.changes[0].fields == (ChangedField(told, is_emptied),)


async def test_what_was_shown_is_done_with_its_digest(services: Services) -> None:
    state = await looked_at(services, report())
    services.answers[IMPORT] = report(applied=True)
    await run(state.apply())
    assert dict(services.requests[-1].url.params) == {"dryRun": "false", "digest": "a" * 32}
    assert (state.sheet.step, state.sheet.can_apply, state.sheet.is_busy) == ("done", False, False)


async def test_problems_are_told_by_line_in_the_persons_language_and_stop_the_import(services: Services) -> None:
    found = [
        {"line": 0, "column": None, "code": "not_utf8", "message": "…"},
        {"line": 3, "column": "price", "code": "not_a_number", "message": "…", "value": "abc"},
        {"line": 4, "column": "flavour", "code": "a_new_one", "message": "The service's own words."},
    ]
    state = await looked_at(services, report(problems=found))
    assert [(one.line, one.column, one.value) for one in state.sheet.problems] == [
        ("", "", ""),
        ("3", "price (giá)", "abc"),
        ("4", "flavour", ""),
    ]
    assert [one.text for one in state.sheet.problems] == [
        "Tệp không dùng mã UTF-8. Lưu lại dạng “CSV UTF-8”.",
        "Chỉ ghi chữ số, không có dấu chấm hay chữ ₫.",
        "The service's own words.",
    ]
    asked = len(services.requests)
    await run(state.apply())
    assert len(services.requests) == asked


async def test_a_catalogue_that_changed_meanwhile_is_shown_anew_and_nothing_is_done(services: Services) -> None:
    state = await looked_at(services, report())
    services.answers[IMPORT] = problem(409, "catalogue_changed", **report(created=2, digest="b" * 32))
    await run(state.apply())
    assert "vừa được thay đổi" in state.sheet.trouble
    assert (state.sheet.step, state.sheet.created, state.sheet.can_apply) == ("checked", 2, True)
    services.answers[IMPORT] = report(applied=True)
    await run(state.apply())
    assert services.requests[-1].url.params["digest"] == "b" * 32


async def test_a_service_that_is_down_leaves_the_file_to_be_looked_at_again(services: Services) -> None:
    state = await looked_at(services, httpx.ConnectError("down"))
    assert "tạm thời chưa phản hồi" in state.sheet.trouble
    services.answers[IMPORT] = report()
    await run(state.look_again())
    assert (state.sheet.trouble, state.sheet.step) == ("", "checked")


async def test_a_file_that_is_too_large_is_not_taken(services: Services) -> None:
    state = await staff_at(services, ImportState, "/admin/import")
    state.begin("banh.csv", MAX_BYTES + 1)
    await run(state.take([]))
    assert "lớn hơn 5 MB" in state.sheet.trouble
    assert [request for request in services.requests if request.url.path == IMPORT[1]] == []

"""The picture of a product: taken, refused, kept for a product that is still being made."""

from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import reflex as rx

from shopkit.contracts.catalog import Product
from storefront.state.admin.picture import MAX_FILE_BYTES, PictureState
from tests.unit.storefront.admin import admin_product, staff_at
from tests.unit.storefront.fakes import Services, problem, run

pytestmark = pytest.mark.anyio
IMAGE = "/api/products/5/image"
PNG = b"\x89PNG\r\n\x1a\nrest"


def file(content: bytes = PNG) -> list[Any]:
    return [rx.UploadFile(file=BytesIO(content), path=Path("a.png"), size=len(content))]


async def of_product(services: Services, **change: Any) -> Any:
    state = await staff_at(services, PictureState, "/admin/products/5")
    state._begin_visit()
    state._show_picture(Product.model_validate(admin_product(**change)))
    return state


async def test_a_picture_is_given_to_its_product_at_once(services: Services) -> None:
    services.answers["POST", IMAGE] = admin_product(image="/media/products/x-800.webp")
    state = await of_product(services)
    state.begin("a.png", len(PNG))
    assert state.picture.is_busy
    state.advance({"progress": 0.5})
    assert state.picture.percent == 50
    await run(state.take(file(), state.picture.place))
    upload = services.requests[-1]
    assert upload.headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="file"; filename="a.png"' in upload.content
    assert PNG in upload.content
    assert (state.picture.image, state.picture.is_busy, state.picture.problem) == (
        "/media/products/x-800.webp",
        False,
        "",
    )


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (problem(422, "picture_type"), "không phải hình"),
        (problem(422, "picture_too_large"), "40 megapixel"),
        (problem(422, "picture_broken"), "bị hỏng"),
        (problem(422, "picture_animated"), "hình động"),
        (problem(413, "body_too_large"), "10 MB"),
        (httpx.ConnectError("down"), "tạm thời chưa phản hồi"),
    ],
)
async def test_a_refusal_says_why_and_the_old_picture_stays(services: Services, answer: Any, told: str) -> None:
    services.answers["POST", IMAGE] = answer
    state = await of_product(services, image="/media/old.svg")
    state.begin("a.png", len(PNG))
    await run(state.take(file(), state.picture.place))
    assert told in state.picture.problem
    assert (state.picture.image, state.picture.is_busy) == ("/media/old.svg", False)


async def test_a_file_that_is_too_large_is_not_even_sent(services: Services) -> None:
    state = await of_product(services)
    state.begin("a.png", MAX_FILE_BYTES + 1)
    await run(state.take([], "5"))
    assert "10 MB" in state.picture.problem
    assert [request for request in services.requests if request.url.path == IMAGE] == []


async def test_a_new_products_picture_waits_for_it_and_must_be_one(services: Services) -> None:
    state = await staff_at(services, PictureState, "/admin/products/new")
    state._begin_visit()
    await run(state.take(file(b"<svg/>"), state.picture.place))
    assert (state.picture.is_kept, "không phải hình" in state.picture.problem) == (False, True)
    await run(state.take(file(), state.picture.place))
    assert (state.picture.is_kept, state.picture.problem, state._kept) == (True, "", PNG)
    await run(state.remove())
    assert (state.picture.is_kept, state._kept) == (False, b"")


async def test_a_picture_is_taken_away(services: Services) -> None:
    services.answers["DELETE", IMAGE] = admin_product()
    state = await of_product(services, image="/media/old.webp")
    await run(state.remove())
    assert state.picture.image == ""


async def test_a_picture_whose_page_was_left_is_given_to_nobody_else(services: Services) -> None:
    state = await of_product(services)
    place = state.picture.place
    state._begin_visit()
    state._show_picture(Product.model_validate(admin_product(id=6)))
    state.begin("b.png", len(PNG))
    events = str(await run(state.take(file(), place)))
    assert "bạn đã rời trang khi hình còn đang tải lên" in events
    assert [request for request in services.requests if request.url.path.endswith("/image")] == []
    assert (state.picture.place, state.picture.is_busy) == ("6", True)


async def test_nor_to_another_new_product(services: Services) -> None:
    state = await staff_at(services, PictureState, "/admin/products/new")
    state._begin_visit()
    place = state.picture.place
    state._begin_visit()
    await run(state.take(file(), place))
    assert (state.picture.is_kept, state._kept) == (False, b"")

"""A product's picture through the API: taken, shown, replaced, taken away; refused without a trace."""

import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from backend.media.encoder import MAX_BYTES, Encoder
from shopkit.middleware import MAX_BODY_BYTES
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.calls import ok, refused
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

IMAGE = "/api/products/1/image"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
async def running(databases: Databases, folder: Path) -> AsyncIterator[RunningShop]:
    settings = {"backend": {"media_folder": folder}}
    async with running_shop(databases, names=("user_service", "backend"), settings=settings) as services:
        yield services


@pytest.fixture
def cake(tables: Tables) -> int:
    return tables.product("cake", name="Bánh")


def photo(size: tuple[int, int] = (1800, 900), colour: str = "red", kind: str = "JPEG") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


async def upload(
    shop: RunningShop, who: Login, content: bytes, name: str = "cake.jpg", path: str = IMAGE
) -> httpx.Response:
    return await shop.backend.post(path, files={"file": (name, content)}, headers=who.headers)


async def test_a_picture_is_shown_in_every_width(shop: RunningShop, cake: int, tables: Tables, admin: Login) -> None:
    before = await ok(shop.backend.get("/api/products/1"))

    product = await ok(upload(shop, admin, photo(), name="../../evil.svg"))

    key = r"/media/products/cake-[0-9a-f]{16}"
    assert re.fullmatch(rf"{key}-800\.webp", product["image"])
    assert re.fullmatch(rf"{key}-400\.webp 400w, {key}-800\.webp 800w, {key}-1600\.webp 1600w", product["imageSet"])
    assert re.fullmatch(rf"{key}\.jpg", product["preview"])
    changed = {name: product[name] for name in ("image", "imageSet", "preview", "updatedAt")}
    assert product == {**before, **changed}
    assert product["updatedAt"] > before["updatedAt"]
    assert await ok(shop.backend.get("/api/products/1")) == product
    [listed] = (await ok(shop.backend.get("/api/products")))["items"]
    assert (listed["image"], listed["imageSet"]) == (product["image"], product["imageSet"])
    for entry in product["imageSet"].split(", "):
        path, width = entry.split(" ")
        answer = await shop.backend.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert Image.open(BytesIO(answer.content)).size == (int(width[:-1]), int(width[:-1]) // 2)
    assert (await shop.backend.get(product["preview"])).headers["content-type"] == "image/jpeg"
    [(action, states, after)] = tables.rows("select action, before, after from backend.audit_entry")
    assert (action, states, after) == ("product.picture_set", {"image": None}, {"image": product["image"]})


async def test_the_same_picture_again_changes_nothing_and_another_replaces_it(
    shop: RunningShop, cake: int, tables: Tables, admin: Login
) -> None:
    first = await ok(upload(shop, admin, photo()))
    before = tables.everything("backend")
    assert await ok(upload(shop, admin, photo())) == first
    assert tables.everything("backend") == before

    other = await ok(upload(shop, admin, photo(colour="blue", kind="PNG", size=(640, 480))))

    assert other["image"] != first["image"]
    assert other["image"].endswith("-640.webp")
    assert (await shop.backend.get(first["image"])).status_code == 200  # orders still name it


async def test_a_picture_is_taken_away(shop: RunningShop, cake: int, tables: Tables, admin: Login) -> None:
    kept = await ok(upload(shop, admin, photo()))
    product = await ok(shop.backend.delete(IMAGE, headers=admin.headers))
    assert (product["image"], product["imageSet"], product["preview"]) == (None, None, None)
    assert (await shop.backend.get(kept["image"])).status_code == 200
    before = tables.everything("backend")
    assert await ok(shop.backend.delete(IMAGE, headers=admin.headers)) == product
    assert tables.everything("backend") == before
    assert tables.rows("select action, after from backend.audit_entry order by id desc limit 1") == [
        ("product.picture_removed", {"image": None})
    ]


async def test_bad_uploads_change_nothing(
    shop: RunningShop, cake: int, tables: Tables, admin: Login, folder: Path
) -> None:
    def state() -> Any:
        return tables.everything("backend"), sorted(path.name for path in folder.rglob("*"))

    before = state()
    await refused(upload(shop, admin, b"<svg/>", "cake.jpg"), 422, "picture_type")
    await refused(upload(shop, admin, photo()[:-900]), 422, "picture_broken")
    await refused(upload(shop, admin, b""), 422, "picture_type")
    await refused(upload(shop, admin, photo(), path="/api/products/2/image"), 404, "not_found")
    await refused(upload(shop, admin, photo(), path="/api/products/x/image"), 422, "validation_error")
    headers = admin.headers
    await refused(shop.backend.post(IMAGE, headers=headers), 422, "file_required")
    await refused(shop.backend.post(IMAGE, json={"file": "x"}, headers=headers), 422, "file_required")
    await refused(shop.backend.post(IMAGE, data={"file": "words"}, headers=headers), 422, "file_required")
    await refused(shop.backend.post(IMAGE, files={"picture": photo()}, headers=headers), 422, "file_required")
    two = [("file", photo()), ("file", photo())]
    await refused(shop.backend.post(IMAGE, files=two, headers=headers), 422, "invalid_form")
    form = {**headers, "Content-Type": "multipart/form-data; boundary=x"}
    await refused(shop.backend.post(IMAGE, content=b"nonsense", headers=form), 422, "invalid_form")
    await refused(shop.backend.delete("/api/products/2/image", headers=headers), 404, "not_found")
    assert state() == before


async def test_a_picture_may_be_larger_than_other_bodies_but_not_without_end(
    shop: RunningShop, cake: int, admin: Login
) -> None:
    padded = photo() + b"\x00" * (MAX_BYTES - len(photo()))
    await ok(upload(shop, admin, padded))
    await refused(upload(shop, admin, padded + b"\x00"), 413, "body_too_large")
    await refused(upload(shop, admin, padded * 3), 413, "body_too_large")
    other = shop.backend.patch("/api/products/1", content=b" " * (MAX_BODY_BYTES + 1), headers=admin.headers)
    await refused(other, 413, "body_too_large")


async def test_who_may_not_upload_is_refused_before_anything_is_read(
    shop: RunningShop, cake: int, tables: Tables, lan: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("the body was looked at")

    monkeypatch.setattr(Encoder, "encode", never)
    monkeypatch.setattr("starlette.requests.Request.form", never)
    before = tables.everything("backend")
    await refused(upload(shop, lan, b"x" * 2 * MAX_BYTES), 403, "forbidden")
    await refused(shop.backend.post(IMAGE, content=b"x" * 2 * MAX_BYTES), 401, "unauthenticated")
    await refused(shop.backend.delete(IMAGE, headers=lan.headers), 403, "forbidden")
    assert tables.everything("backend") == before

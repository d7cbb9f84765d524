"""Uploads of which nothing comes any more."""

from typing import Any

import pytest

from storefront.state.admin import uploading
from storefront.state.admin.catalogue_import import ImportState
from storefront.state.admin.picture import PictureState
from tests.unit.storefront.admin import staff_at
from tests.unit.storefront.fakes import Entered, Services, run

pytestmark = pytest.mark.anyio
HANDLERS = {PictureState: "/admin/products/5", ImportState: "/admin/import"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "LOOK_EVERY_S", 0.0)


def told(state: Any) -> tuple[bool, str]:
    view = state.picture if isinstance(state, PictureState) else state.sheet
    return view.is_busy, view.problem if isinstance(state, PictureState) else view.trouble


async def watch(state: Any) -> None:
    await run(type(state).event_handlers["watch"].fn(Entered(state)))


@pytest.mark.parametrize("kind", HANDLERS)
async def test_an_upload_that_stalls_is_said_to_have_failed(
    kind: Any, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await staff_at(services, kind, HANDLERS[kind])
    state.begin("a.file", 9)
    state.advance({"progress": 0.5})
    assert told(state) == (True, "")
    monkeypatch.setattr(uploading, "STALLED_S", -1.0)
    await watch(state)
    busy, problem = told(state)
    assert not busy
    assert "bị ngắt" in problem


@pytest.mark.parametrize("kind", HANDLERS)
async def test_nothing_is_said_of_an_upload_that_has_come(
    kind: Any, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await staff_at(services, kind, HANDLERS[kind])
    monkeypatch.setattr(uploading, "STALLED_S", -1.0)
    await watch(state)
    assert told(state) == (False, "")

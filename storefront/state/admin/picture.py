"""The picture of a product: taken from a file, shown, replaced, taken away."""

import time
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import Product
from storefront.clients import wiring
from storefront.i18n import t
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.uploading import Uploading

MAX_FILE_BYTES = 10 * 1024 * 1024
"""What the backend takes of a picture."""
FIELD = "picture"
PREVIEW_ID = "picture-preview"

PREVIEW = """
(() => {
  if (window.staffPreview) return;
  const image = () => document.getElementById("<preview>");
  window.staffPreview = {
    show: file => {
      const reader = new FileReader();
      reader.onload = () => { const it = image(); if (it) { it.src = reader.result; it.hidden = false } };
      reader.readAsDataURL(file);
    },
    hide: () => { const it = image(); if (it) { it.hidden = true; it.removeAttribute("src") } },
  };
  addEventListener("change", event => {
    const field = event.target;
    if (field.id === "<field>" && field.files?.[0]?.type.startsWith("image/")) window.staffPreview.show(field.files[0]);
  }, true);
})()
""".replace("<preview>", PREVIEW_ID).replace("<field>", FIELD)
"""Shows a file in the page before it is uploaded; set up once in a tab."""

_HIDE = "window.staffPreview?.hide()"
_SIGNS = ((0, b"\xff\xd8\xff"), (0, b"\x89PNG\r\n\x1a\n"), (8, b"WEBP"), (4, b"ftypavi"))
"""What a picture's file has where, whatever it is called: JPEG, PNG, WebP, AVIF."""
_REFUSALS = {
    "picture_type": "admin_product.picture_type",
    "picture_too_large": "admin_product.picture_pixels",
    "picture_broken": "admin_product.picture_broken",
    "picture_animated": "admin_product.picture_animated",
    "body_too_large": "admin_product.picture_bytes",
}


@dataclass(frozen=True)
class PictureView:
    """What the page shows. `percent` of an upload is sent; `is_kept` for a new product's, until that is created.

    `place` names what a picture is for: a product, or one visit of the page that makes one.
    """

    place: str = ""
    image: str = ""
    is_kept: bool = False
    is_busy: bool = False
    percent: int = 0
    problem: str = ""


class PictureState(Uploading, AdminState):
    """The picture of the product of the page. A change of it is saved at once; it is no part of the form."""

    picture: PictureView = PictureView()

    _product_id: int = 0
    _visits: int = 0
    _kept: bytes = b""
    _kept_name: str = ""

    @rx.event
    def begin(self, name: str, size: int) -> Any:
        """Say that a file is on its way, or why it is not taken."""
        if not name:
            return None
        problem = "admin_product.picture_bytes" if size > MAX_FILE_BYTES else ""
        self.picture = replace(
            self.picture, is_busy=not problem, percent=0, problem=problem and t(self._language(), problem)
        )
        self._heard = time.time()
        if problem:
            hide: EventSpec = rx.call_script(_HIDE)
            return hide
        watch: Any = PictureState.watch
        return watch

    @rx.event
    async def take(self, files: list[rx.UploadFile], place: str) -> Events:
        """Give the product the picture that was uploaded for it, or keep it until there is a product."""
        if not files:
            return  # too large, as `begin` has told
        if place != self.picture.place:
            # The page has been left for another one's while the file was on its way.
            yield rx.toast.warning(t(self._language(), "admin_product.picture_left"), duration=15_000)
            return
        content, name = await files[0].read(), files[0].name or FIELD
        if not self._product_id:
            yield self._keep(name, content)
            return
        product_id = self._product_id
        try:
            product = await self._call(
                lambda token: wiring.staff_catalog().set_picture(product_id, name, content, token)
            )
        except FAILURES as error:
            self.picture = replace(self.picture, is_busy=False, problem=self._why(error))
        else:
            self._show_picture(product)
            yield rx.toast.success(t(self._language(), "admin_product.picture_saved"), id="saved")
        yield rx.call_script(_HIDE)

    @rx.event
    async def remove(self) -> Events:
        """Take the picture away."""
        if not self._product_id:
            self._show_picture(None)
            yield rx.call_script(_HIDE)
            return
        product_id = self._product_id
        try:
            product = await self._call(lambda token: wiring.staff_catalog().remove_picture(product_id, token))
        except FAILURES as error:
            yield self._explain(error)
            return
        self._show_picture(product)
        yield rx.toast.success(t(self._language(), "admin_product.picture_removed"), id="saved")

    def _sent(self, percent: int) -> None:
        self.picture = replace(self.picture, percent=percent)

    def _is_sending(self) -> bool:
        return self.picture.is_busy

    def _stalled(self) -> None:
        text = t(self._language(), "admin_product.picture_stalled")
        self.picture = replace(self.picture, is_busy=False, problem=text)

    def _keep(self, name: str, content: bytes) -> EventSpec | None:
        known = any(content.startswith(sign, start) for start, sign in _SIGNS)
        if not known or len(content) > MAX_FILE_BYTES:
            problem = "admin_product.picture_bytes" if known else "admin_product.picture_type"
            self.picture = replace(self.picture, is_busy=False, problem=t(self._language(), problem))
            hide: EventSpec = rx.call_script(_HIDE)
            return hide
        self._kept, self._kept_name = content, name
        self.picture = PictureView(place=self.picture.place, is_kept=True)
        return None

    def _begin_visit(self) -> None:
        """Forget the page that was open before, and the file that may still be on its way for it."""
        self._visits += 1
        self._show_picture(None)

    def _show_picture(self, product: Product | None) -> None:
        """Show a product's picture; None is a product that is being made."""
        self._product_id, self._kept, self._kept_name = product.id if product else 0, b"", ""
        if product is None:
            self.picture = PictureView(place=f"new-{self._visits}")
        else:
            self.picture = PictureView(place=str(product.id), image=product.image or "")

    async def _give_to(self, product_id: int) -> str:
        """Give a product that has just been made the picture kept for it; return why that failed, or ""."""
        name, content = self._kept_name, self._kept
        if not content:
            return ""
        try:
            await self._call(lambda token: wiring.staff_catalog().set_picture(product_id, name, content, token))
        except FAILURES as error:
            return self._why(error)
        return ""

    def _why(self, error: Exception) -> str:
        key = "admin_product.picture_failed"
        if isinstance(error, ServiceProblem):
            key = _REFUSALS.get(error.code, key)
        elif isinstance(error, ServiceUnavailable):
            key = "admin_product.picture_unavailable"
        return t(self._language(), key)

"""The shop's categories: named, put in order, made and taken away."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from pydantic import ValidationError
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import Category, CategoryChange, CategoryInput
from storefront.clients import wiring
from storefront.i18n import t
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.dialogs import close_dialog, open_dialog
from storefront.state.recovering import Recovering
from storefront.state.validate import focus_script

PATH = "/admin/categories"
DELETE_DIALOG = "delete-category"
MOVED = "moved-category"
NEW = -1
"""Stands for the category that is being made where another's id would stand."""
MAX_POSITION = 10_000
_REFUSALS = {
    "slug_taken": "admin_categories.slug_taken",
    "slug_required": "admin_categories.slug_required",
    "category_not_empty": "admin_categories.not_empty",
    "not_found": "admin_categories.gone",
    "categories_changed": "admin_categories.changed",
}


@dataclass(frozen=True)
class CategoryRow:
    """A category in the list, in both languages. `count` products of it are on sale."""

    id: int
    slug: str
    name: str
    name_en: str
    count: int
    is_first: bool
    is_last: bool


def rows_of(categories: list[Category]) -> list[CategoryRow]:
    """Return categories ready to show, in their order."""
    last = len(categories) - 1
    return [
        CategoryRow(one.id, one.slug, one.name, one.name_en, one.product_count, place == 0, place == last)
        for place, one in enumerate(categories)
    ]


class CategoriesState(Recovering, AdminState):
    """The categories. Every change is saved at once."""

    rows: list[CategoryRow] = []  # noqa: RUF012 - Reflex copies a default for each tab
    is_loaded: bool = False
    editing: int = 0
    """The category whose names are being changed; `NEW` for one that is being made, 0 for none."""
    errors: dict[str, str] = {}  # noqa: RUF012
    is_busy: bool = False
    said: str = ""
    """What was done, for those who hear the page."""
    doomed: str = ""
    """The name of the category that is about to be deleted."""

    _doomed: int = 0

    @rx.event
    async def load(self) -> Events:
        """Show the categories."""
        self.editing, self.errors, self.said, self.is_busy = 0, {}, "", False
        if not await self._fetch():
            yield CategoriesState.recover

    @rx.event
    async def move(self, category_id: int, by: int) -> Events:
        """Move a category up (-1) or down (1)."""
        place = next((place for place, row in enumerate(self.rows) if row.id == category_id), None)
        if place is None or not 0 <= place + by < len(self.rows):
            return
        # At once, not when it is saved: by then the focus may be where the person wants it.
        focus = rx.call_script(focus_script(f"{'up' if by < 0 else 'down'}-{category_id}"))
        async for event in self._put(place, place + by, focus):
            yield event

    @rx.event
    async def drop(self, told: str) -> Events:
        """Put a category where it was let go: "id:place"."""
        row, _, place = told.partition(":")
        ids = [str(one.id) for one in self.rows]
        if row not in ids or not (place.isdecimal() and int(place) < len(ids)):
            return
        async for event in self._put(ids.index(row), int(place)):
            yield event

    @rx.event
    def edit(self, category_id: int) -> EventSpec:
        """Open the form of a category, or of a new one; 0 closes it."""
        return self._edit(category_id)

    @rx.event
    async def save(self, form: dict[str, Any]) -> Events:
        """Save the names, or make the category."""
        lang, category_id = self._language(), self.editing
        name, name_en = str(form.get("category-name", "")).strip(), str(form.get("category-name_en", "")).strip()
        try:
            change = CategoryChange(name=name, name_en=name_en)
        except ValidationError as error:
            fields = {f"category-{'name' if item['loc'][0] == 'name' else 'name_en'}" for item in error.errors()}
            wrong = "admin_categories.name_wrong" if name else "admin_categories.name_missing"
            self.errors = {field: t(lang, wrong) for field in fields}
            yield rx.call_script(focus_script(min(fields)))
            return
        self.is_busy, self.errors = True, {}
        yield None
        position = min(len(self.rows), MAX_POSITION)
        try:
            if category_id == NEW:
                made = CategoryInput(name=name, name_en=name_en, position=position)
                await self._call(lambda token: wiring.staff_catalog().create_category(made, token))
            else:
                await self._call(lambda token: wiring.staff_catalog().change_category(category_id, change, token))
        except (ServiceProblem, ServiceUnavailable) as error:
            code = error.code if isinstance(error, ServiceProblem) else ""
            fallback = "session.failed" if code else "session.unavailable"
            self.errors = {"category-name": t(lang, _REFUSALS.get(code, fallback))}
            yield rx.call_script(focus_script("category-name"))
            return
        except FAILURES as error:
            yield self._explain(error)
            return
        finally:
            self.is_busy = False
        await self._fetch()
        yield self._edit(0)
        yield rx.toast.success(t(lang, "admin_categories.saved", name=name), id="saved")

    @rx.event
    def ask_delete(self, category_id: int, name: str) -> EventSpec:
        """Ask whether a category is to go."""
        self._doomed, self.doomed = category_id, name
        return open_dialog(DELETE_DIALOG)

    @rx.event
    async def delete(self) -> Events:
        """Delete the category asked about. One that products stand in stays, and why is told."""
        category_id, name = self._doomed, self.doomed
        yield close_dialog(DELETE_DIALOG)
        try:
            await self._call(lambda token: wiring.staff_catalog().delete_category(category_id, token))
        except FAILURES as error:
            yield self._explain(error, _REFUSALS)
        else:
            yield rx.toast.success(t(self._language(), "admin_categories.deleted", name=name), id="saved")
        await self._fetch()

    def _edit(self, category_id: int) -> EventSpec:
        before, self.editing, self.errors = self.editing, category_id, {}
        target = "category-name" if category_id else "new-category" if before == NEW else f"edit-{before}"
        script: EventSpec = rx.call_script(focus_script(target))
        return script

    async def _put(self, place: int, to: int, focus: EventSpec | None = None) -> Events:
        before, lang = self.rows, self._language()
        rows = [*before]
        moved = rows.pop(place)
        rows.insert(to, moved)
        self.rows, ids = rows, [row.id for row in rows]
        yield focus
        try:
            categories = await self._call(lambda token: wiring.staff_catalog().order_categories(ids, token))
        except FAILURES as error:
            self.rows = before
            yield self._explain(error, _REFUSALS)
            await self._fetch()
            return
        self.rows = rows_of(categories)
        self.said = t(lang, "admin_categories.moved", name=moved.name, place=to + 1, count=len(rows))

    async def _fetch(self) -> bool:
        try:
            categories = await self._call(wiring.staff_catalog().categories)
        except FAILURES:
            self.is_unreachable = True
            return False
        self.rows = rows_of(categories)
        self.is_loaded, self.is_unreachable = True, False
        return True

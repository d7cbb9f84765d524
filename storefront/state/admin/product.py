"""One product, as staff make and change it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import MAX_SIZES, Product, ProductChange, ProductInput
from shopkit.text import slugify
from storefront.clients import wiring
from storefront.dates import format_moment
from storefront.i18n import t
from storefront.state.admin import unsaved
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.picture import PictureState
from storefront.state.admin.product_draft import place_of, read_draft, resume, rows_with
from storefront.state.admin.product_form import (
    BOXES,
    TEXTS,
    SizeRow,
    Typed,
    boxes,
    new_fields,
    problems,
    read,
    rows_of,
    size_input,
    texts_of,
    ticked_of,
)
from storefront.state.admin.product_saving import Conflicted, Saving
from storefront.state.admin.product_view import FIELDS, REFUSALS, ItemView, show_item
from storefront.state.admin.products import PATH, Option, shelved_toast
from storefront.state.recovering import Recovering
from storefront.state.validate import focus_script

NOTICE_ID = "product-notice"
_NEW = "new"


class ProductState(Recovering, AdminState):
    """The form. What is typed stays in the browser until it is saved; `values` are what its fields begin with."""

    item: ItemView = ItemView()
    values: dict[str, str] = {}  # noqa: RUF012 - Reflex copies a default for each tab
    rows: list[SizeRow] = []  # noqa: RUF012
    categories: list[Option] = []  # noqa: RUF012
    errors: dict[str, str] = {}  # noqa: RUF012
    conflicts: dict[str, str] = {}  # noqa: RUF012
    notice: str = ""
    restored: str = ""
    proposed_slug: str = ""
    is_saving: bool = False

    # As JSON: a State hands out models wrapped, and those cannot be sent.
    _base: str = ""
    _theirs: dict[str, str] = {}  # noqa: RUF012

    @rx.event
    async def load(self) -> Events:
        """Show the product of the address, or an empty form for a new one, and what the browser kept of it."""
        self.is_saving = False
        self._tell("")
        self.restored = self.proposed_slug = ""
        self.item = ItemView()
        pictures = await self.get_state(PictureState)
        pictures._begin_visit()
        yield rx.call_script(unsaved.SET_UP)
        if await self._fetch():
            if not self.item.is_missing:
                yield unsaved.draft(self.item.draft, ProductState.take_draft)
        else:
            yield ProductState.recover

    @rx.event
    def take_draft(self, text: str) -> list[EventSpec] | None:
        """Put back what was typed before the page was left without saving."""
        draft = read_draft(text)
        if draft is None:
            return None
        resumed = resume(draft, self.values)
        if not resumed.values:
            return [unsaved.clean(self.item.draft)]
        self.rows = rows_with(draft, self.rows)
        self.restored = t(self._language(), "admin_product.restored", at=format_moment(draft.at, self._language()))
        if resumed.conflicts:
            # They stay conflicts until they are saved, also when the page is left once more.
            self.values = {**self.values, **{name: draft.base.get(name, "") for name in resumed.conflicts}}
            self._tell_conflicts(resumed.conflicts)
        return [unsaved.fill(self.item.draft, resumed.values), unsaved.mark(self.item.draft)]

    @rx.event
    async def discard(self) -> Events:
        """Throw away what is not saved."""
        yield unsaved.clean(self.item.draft)
        self._tell("")
        self.restored = self.proposed_slug = ""
        self.item = replace(self.item, is_loaded=False)
        yield None
        await self._fetch()

    @rx.event
    def propose(self, name: str) -> EventSpec | None:
        """Propose an address for a new product's name, unless another one is typed."""
        if self.item.id:
            return None
        before, self.proposed_slug = self.proposed_slug, slugify(name)[:120].strip("-")
        known, new = json.dumps(before), json.dumps(self.proposed_slug)
        fill_in = f"(e=>{{if(e&&(e.value===''||e.value==={known}))e.value={new}}})(document.getElementById('slug'))"
        script: EventSpec = rx.call_script(fill_in)
        return script

    @rx.event
    def mend(self, field: str) -> None:
        """Take back what was said of a field: something else is typed in it now."""
        self._mended(field)

    @rx.event
    def add_size(self) -> list[EventSpec]:
        """Add an empty size behind the others."""
        if len(self.rows) >= MAX_SIZES:
            return [rx.toast.info(t(self._language(), "admin_product.sizes_full", count=MAX_SIZES))]
        key = f"n{1 + max([place_of(row.key) for row in self.rows if row.is_new], default=0)}"
        self.rows = [*self.rows, SizeRow(key=key, is_new=True)]
        self._mended("sizes")
        return [unsaved.mark(self.item.draft), rx.call_script(focus_script(f"size-{key}"))]

    @rx.event
    def remove_size(self, key: str) -> EventSpec:
        """Take a size out: one that is not saved at once, another when saving."""
        self.rows = [replace(row, is_removed=True) if row.key == key else row for row in self.rows]
        self.rows = [row for row in self.rows if not (row.is_new and row.is_removed)]
        self._mended("sizes")
        return unsaved.mark(self.item.draft)

    @rx.event
    def keep_size(self, key: str) -> EventSpec:
        """Do not remove a size after all."""
        self.rows = [replace(row, is_removed=False) if row.key == key else row for row in self.rows]
        self._mended("sizes")
        return unsaved.mark(self.item.draft)

    @rx.event
    def take_theirs(self, field: str) -> list[EventSpec] | None:
        """Put what somebody else has saved meanwhile into a field."""
        if field not in self._theirs:
            return None
        theirs = self._theirs.pop(field)
        self.conflicts.pop(field, None)
        values = boxes({field: theirs.split()}) if field in BOXES else {field: theirs}
        return [
            unsaved.fill(self.item.draft, values),
            unsaved.mark(self.item.draft),
            rx.call_script(focus_script(field)),
        ]

    @rx.event
    async def save(self, form: dict[str, Any]) -> Events:
        """Save what is typed. What another admin changed meanwhile is kept; where both did, it is asked."""
        typed, lang = read(form, self.rows), self._language()
        found = problems(typed, self.rows, slug_required=self.item.id > 0)
        self._tell("", {field: t(lang, key) for field, key in found.items()})
        if found:
            self.notice = t(lang, "form.summary")
            yield rx.call_script(focus_script(next(iter(found))))
            return
        if not self.item.id and (await self.get_state(PictureState)).picture.is_busy:
            self.notice = t(lang, "admin_product.picture_waits")
            yield rx.call_script(focus_script(NOTICE_ID))
            return
        self.is_saving = True
        yield None
        try:
            events = await (self._save(typed) if self.item.id else self._create(typed))
        except FAILURES as error:
            events = self._refused(error)
        finally:
            self.is_saving = False
        for event in events:
            yield event

    @rx.event
    async def shelve(self, archived: bool) -> Events:
        """Take the product off the shelf, or put it back. What is typed stays."""
        change, product_id = ProductChange(archived=archived), self.item.id
        try:
            product = await self._call(lambda token: wiring.staff_catalog().change(product_id, change, token))
        except FAILURES as error:
            yield self._explain(error, {"not_found": "admin_products.gone"})
            return
        base = Product.model_validate_json(self._base)
        # Only what was done here is taken over: what else changed meanwhile is still to be compared when saving.
        if base.updated_at <= product.updated_at:
            self.item = replace(self.item, archived=product.archived)
        yield shelved_toast(product.id, product.name, archived=archived, lang=self._language())

    def _show_stock(self, product: Product) -> None:
        """Show the sizes' stock as it is now. What is typed, and what the form began with, stays."""
        stocks = {size.size: size.stock for size in product.sizes}
        self.rows = [row if row.is_new else replace(row, stock=stocks.get(row.size, row.stock)) for row in self.rows]

    def _mended(self, field: str) -> None:
        if self.errors.pop(field, "") and not self.errors:
            self.notice = ""

    async def _create(self, typed: Typed) -> list[EventSpec]:
        wanted = ProductInput(**new_fields(typed), sizes=[size_input(typed.sizes[row.key]) for row in self.rows])
        product = await self._call(lambda token: wiring.staff_catalog().create(wanted, token))
        pictures = await self.get_state(PictureState)
        lang, problem = self._language(), await pictures._give_to(product.id)
        done = rx.toast.success(t(lang, "admin_product.created", name=product.name))
        events = [unsaved.clean(self.item.draft), done, self._to(f"{PATH}/{product.id}", replace=True)]
        return [*events, rx.toast.warning(problem, duration=15_000)] if problem else events

    async def _save(self, typed: Typed) -> list[EventSpec]:
        base = Product.model_validate_json(self._base)
        saving = Saving(base, typed, tuple(self.rows))
        try:
            product = await saving.run(self._call)
        except Conflicted as conflict:
            return self._ask(conflict)
        finally:
            self._base = saving.base.model_dump_json(by_alias=True)
            self.rows = list(saving.rows)
        self._show_product(product)
        done = rx.toast.success(t(self._language(), "admin_product.saved"), id="saved")
        return [unsaved.clean(self.item.draft), unsaved.fill(self.item.draft, self.values), done]

    def _ask(self, conflict: Conflicted) -> list[EventSpec]:
        self._tell_conflicts(conflict.conflicts)
        taken = dict(conflict.taken)
        taken |= boxes({group: taken.pop(group).split() for group in BOXES if group in taken})
        self.values = {**self.values, **taken}
        return [unsaved.fill(self.item.draft, taken), rx.call_script(focus_script(NOTICE_ID))]

    def _tell_conflicts(self, theirs: Mapping[str, str]) -> None:
        self._theirs = dict(theirs)
        self.conflicts = {field: self._worded(field, text) for field, text in theirs.items()}
        self.notice = t(self._language(), "admin_product.conflict")

    def _worded(self, field: str, text: str) -> str:
        """Return what somebody else saved in a field, as people read it."""
        lang = self._language()
        if field in BOXES:
            text = ", ".join(t(lang, f"product.{BOXES[field][1]}_{one}") for one in text.split())
        elif field == "category":
            names = {one.slug: one.name_en if lang == "en" else one.name for one in self.categories}
            text = names.get(text, text)
        return text or t(lang, "admin_product.empty")

    def _refused(self, error: Exception) -> list[EventSpec]:
        """Say in place why it was not saved. What is typed stays as it is."""
        lang = self._language()
        if isinstance(error, ServiceUnavailable):
            self._tell(t(lang, "admin_product.unavailable"))
        elif isinstance(error, ServiceProblem):
            field = FIELDS.get(error.code, "")
            text = t(lang, REFUSALS.get(error.code, "admin_product.refused"))
            self._tell("" if field else text, {field: text} if field else {})
            if field:
                return [rx.call_script(focus_script(field))]
        else:
            return [self._explain(error)]
        return [rx.call_script(focus_script(NOTICE_ID))]

    def _tell(self, notice: str, errors: Mapping[str, str] | None = None) -> None:
        self.notice, self.errors = notice, dict(errors or {})
        self.conflicts, self._theirs = {}, {}

    async def _fetch(self) -> bool:
        lang, place = self._language(), self._path().rpartition("/")[2]
        try:
            categories = await self._call(wiring.staff_catalog().categories)
            product = None
            if place != _NEW:
                product_id = self._id_in_path()
                product = await self._call(lambda token: wiring.staff_catalog().product(product_id, token))
        except FAILURES as error:
            missing = isinstance(error, ServiceProblem) and error.status in {404, 422}
            self.item = replace(self.item, is_missing=missing)
            self.is_unreachable = not missing
            return missing
        self.is_unreachable = False
        self.categories = [Option(str(one.id), one.name, one.name_en or one.name) for one in categories]
        self._show_product(product)
        pictures = await self.get_state(PictureState)
        pictures._show_picture(product)
        if product is None:
            first = str(categories[0].id) if categories else ""
            self.values = {**dict.fromkeys(TEXTS, ""), **boxes(dict.fromkeys(BOXES, ())), "category": first}
            self.rows = [SizeRow(key="n1", is_new=True)]
        self.item = replace(self.item, changed=format_moment(product.updated_at, lang) if product else "")
        return True

    def _show_product(self, product: Product | None) -> None:
        if product is None:
            self._base = ""
            self.item = ItemView(is_loaded=True, draft="product-new")
            return
        self._base = product.model_dump_json(by_alias=True)
        self.rows = rows_of(product)
        sizes = {f"{name}-{row.key}": getattr(row, name) for row in self.rows for name in ("price", "serves")}
        self.values = {**texts_of(product), **boxes(ticked_of(product)), **sizes}
        self.restored = ""
        self.item = show_item(product, self._language())

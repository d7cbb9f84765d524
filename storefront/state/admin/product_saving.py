"""Saving a product: only what was changed, on top of what others changed meanwhile."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from shopkit.client import ServiceProblem
from shopkit.contracts.catalog import Product, ProductChange, SizeChange
from storefront.clients import wiring
from storefront.state.admin.product_form import (
    BOXES,
    TEXTS,
    Merge,
    SizeRow,
    Typed,
    cells_of,
    changes,
    merge,
    number,
    size_input,
)

T = TypeVar("T")
_TRIES = 3
_OUTRUN = {"version_conflict", "not_found"}
"""Problems of somebody who was faster by a moment: look again."""


class Call(Protocol):
    """Calls a service as the person."""

    async def __call__(self, request: Callable[[str], Awaitable[T]], /) -> T:
        """Return what `request` returns, given an access token."""
        ...


class Conflicted(Exception):
    """Somebody else changed what is changed here too. `taken` are fields that only they did, for the form to show."""

    def __init__(self, conflicts: Mapping[str, str], taken: Mapping[str, str]) -> None:
        self.conflicts, self.taken = conflicts, taken
        super().__init__(", ".join(conflicts))


class Saving:
    """One attempt to save. `base` and `rows` are, after it, what the form stands on: also when it stopped half-way."""

    def __init__(self, base: Product, typed: Typed, rows: tuple[SizeRow, ...]) -> None:
        self.base, self.rows = base, rows
        self._typed = typed

    async def run(self, call: Call) -> Product:
        """Save and return the product.

        Raises:
            Conflicted: nothing more is saved; saving again overwrites what the other saved.
            ServiceProblem, ServiceUnavailable, SessionEnded: as the call does.
        """
        for _ in range(_TRIES - 1):
            try:
                return await self._save(call)
            except ServiceProblem as problem:
                if problem.code not in _OUTRUN:
                    raise
        return await self._save(call)

    async def _save(self, call: Call) -> Product:
        product_id, catalog = self.base.id, wiring.staff_catalog()
        now = await call(lambda token: catalog.product(product_id, token))
        if now.updated_at != self.base.updated_at:
            self._compare(now)
        self.base = now
        if changed := changes(now, self._typed):
            change = ProductChange(**changed, seen_at=now.updated_at)
            self.base = await call(lambda token: catalog.change(product_id, change, token))
        for row in self.rows:
            await self._save_size(row, call)
        for row in self.rows:
            if row.is_removed:
                self.base = await call(partial(catalog.remove_size, product_id, row.size))
                self.rows = tuple(one for one in self.rows if one is not row)
        return self.base

    async def _save_size(self, row: SizeRow, call: Call) -> None:
        catalog, product_id, cells = wiring.staff_catalog(), self.base.id, self._typed.sizes[row.key]
        if row.is_new:
            added = size_input({**cells, "size": row.size or cells["size"]})
            self.base = await call(lambda token: catalog.add_size(product_id, added, token))
            self.rows = tuple(replace(one, is_new=False, size=added.size) if one is row else one for one in self.rows)
        elif not row.is_removed:
            size = next((one for one in self.base.sizes if one.size == row.size), None)
            if size is None:
                raise ServiceProblem(404, "not_found", "The size has just been removed.", {})
            wanted = {"price": number(cells["price"]), "serves": number(cells["serves"])}
            differing: dict[str, Any] = {name: value for name, value in wanted.items() if value != getattr(size, name)}
            if differing:
                change = SizeChange(**differing, seen_at=self.base.updated_at)
                self.base = await call(lambda token: catalog.change_size(product_id, row.size, change, token))

    def _compare(self, now: Product) -> None:
        merged = merge(self.base, now, self._typed, self.rows)
        known = {row.key for row in self.rows}
        self.base, lost = now, [row for row in merged.rows if row.is_lost and row not in self.rows]
        self.rows = tuple(merged.rows)
        self._take(merged, known)
        if merged.conflicts or lost:
            raise Conflicted(merged.conflicts, merged.taken)

    def _take(self, merged: Merge, known: set[str]) -> None:
        """Take over what only the other changed, as if it had been typed."""
        typed = self._typed
        for name, text in merged.taken.items():
            if name in TEXTS:
                typed.texts[name] = text
            elif name in BOXES:
                typed.ticked[name] = tuple(text.split())
            else:
                cell, _, key = name.partition("-")
                typed.sizes[key][cell] = text
        for row in merged.rows:
            if row.key not in known:
                typed.sizes[row.key] = cells_of(row)

"""The form of a product: what is typed, whether it is right, and what it changes against what others changed."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shopkit.contracts.base import MAX_PRICE
from shopkit.contracts.catalog import (
    MAX_SERVES,
    MAX_STOCK,
    Allergen,
    Description,
    Name,
    Occasion,
    Product,
    SizeInput,
    Slug,
    size_key,
)
from shopkit.money import format_vnd
from shopkit.text import Line

TEXTS = ("name", "name_en", "slug", "category", "description", "description_en")
"""The form's plain fields; `category` is an id."""

BOXES: dict[str, tuple[type[Allergen | Occasion], str]] = {
    "allergens": (Allergen, "allergen"),
    "occasions": (Occasion, "occasion"),
}
"""The form's groups of boxes: what there is to tick, and what the name of each box begins with."""

_KINDS: dict[str, TypeAdapter[Any]] = {
    "name": TypeAdapter(Name),
    "name_en": TypeAdapter(Line),
    "slug": TypeAdapter(Slug),
    "description": TypeAdapter(Description),
    "description_en": TypeAdapter(Description),
}
_LENGTHS = {"name": 200, "name_en": 200, "slug": 120, "description": 5000, "description_en": 5000}
_SIZE = TypeAdapter(SizeInput)
AMOUNT = r"\s*(?:[0-9]{1,11}|[1-9][0-9]{0,2}([., \u00a0])[0-9]{3}(?:\1[0-9]{3}){0,2})\s*[₫đ]?\s*"
"""An amount as people type it, for the browser too: digits, or groups of three with one and the same separator."""


@dataclass(frozen=True)
class SizeRow:
    """A size in the form. `key` names its fields; `is_new` is not saved yet, `is_removed` goes when saving.

    `price`, `serves` and `stock` are what the fields begin with; `stock` of a saved size is not changed in the form.
    """

    key: str
    size: str = ""
    price: str = ""
    serves: str = ""
    stock: int = 0
    is_new: bool = False
    is_removed: bool = False
    is_lost: bool = False
    """Somebody else removed it while it was being changed here."""


@dataclass(frozen=True)
class Typed:
    """What the form holds: texts by field, what is ticked by group, sizes by key as (size, price, serves, stock)."""

    texts: dict[str, str]
    ticked: dict[str, tuple[str, ...]]
    sizes: dict[str, dict[str, str]] = field(default_factory=dict)


def read(form: Mapping[str, Any], rows: Sequence[SizeRow]) -> Typed:
    """Return what a submitted form holds; a field that is not there counts as empty."""
    return Typed(
        texts={name: str(form.get(name) or "") for name in TEXTS},
        ticked={
            group: tuple(one.value for one in kind if form.get(f"{prefix}-{one.value}"))
            for group, (kind, prefix) in BOXES.items()
        },
        sizes={
            row.key: {name: str(form.get(f"{name}-{row.key}") or "") for name in ("size", "price", "serves", "stock")}
            for row in rows
        },
    )


def number(text: str) -> int | None:
    """Return the whole number that somebody typed, thousands grouped or not; None for anything else.

    A decimal is anything else: read as digits, "199,000.00" would be a hundred times as much.
    """
    return int(re.sub(r"[^0-9]", "", text)) if re.fullmatch(AMOUNT, text) else None


def problems(typed: Typed, rows: Sequence[SizeRow], *, slug_required: bool) -> dict[str, str]:
    """Return the key of the message by field, in the page's order, for what is wrong."""
    found: dict[str, str] = {}
    for name, kind in _KINDS.items():
        text = typed.texts[name].strip()
        if not text:
            if name == "name" or (name == "slug" and slug_required):
                found[name] = f"admin_product.{name}_missing"
            continue
        try:
            kind.validate_python(text)
        except ValidationError:
            found[name] = "admin_product.slug_wrong" if name == "slug" else "admin_product.text_wrong"
        if len(text) > _LENGTHS[name]:
            found[name] = "admin_product.text_long"
        if name == "slug" and text.isdecimal():
            found[name] = "admin_product.slug_wrong"
    if number(typed.texts["category"]) is None:
        found["category"] = "admin_product.category_missing"
    taken: set[str] = set()
    for row in rows:
        if not row.is_removed:
            found |= _size_problems(row, typed.sizes[row.key], taken)
    if all(row.is_removed for row in rows):
        found["sizes"] = "admin_product.sizes_missing"
    return found


def _size_problems(row: SizeRow, cells: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    code = cells["size"].strip() if row.is_new else row.size
    if not code:
        found[f"size-{row.key}"] = "admin_product.size_missing"
    elif size_key(code) in taken:
        found[f"size-{row.key}"] = "admin_product.size_taken"
    elif row.is_new and not _is_size(code):
        found[f"size-{row.key}"] = "admin_product.size_wrong"
    taken.add(size_key(code))
    price = number(cells["price"])
    if price is None or price > MAX_PRICE:
        found[f"price-{row.key}"] = "admin_product.price_wrong"
    elif price == 0:
        found[f"price-{row.key}"] = "admin_product.price_zero"
    serves = number(cells["serves"])
    if cells["serves"].strip() and (serves is None or not 1 <= serves <= MAX_SERVES):
        found[f"serves-{row.key}"] = "admin_product.serves_wrong"
    if row.is_new and cells["stock"].strip():
        stock = number(cells["stock"])
        if stock is None or stock > MAX_STOCK:
            found[f"stock-{row.key}"] = "admin_product.stock_wrong"
    return found


def _is_size(code: str) -> bool:
    try:
        _SIZE.validate_python({"size": code, "price": 0})
    except ValidationError:
        return False
    return True


def texts_of(product: Product) -> dict[str, str]:
    """Return what the plain fields show of a product."""
    return {
        "name": product.name,
        "name_en": product.name_en,
        "slug": product.slug,
        "category": str(product.category.id),
        "description": product.description,
        "description_en": product.description_en,
    }


def rows_of(product: Product) -> list[SizeRow]:
    """Return a product's sizes for the form. A size keeps its key for as long as it keeps its code."""
    return [
        SizeRow(
            key=key_of(size.size),
            size=size.size,
            price=grouped(size.price),
            serves=str(size.serves or ""),
            stock=size.stock,
        )
        for size in product.sizes
    ]


def key_of(code: str) -> str:
    """Return the key of a saved size: fit for an element's id, and another one for every code."""
    return "s" + code.encode().hex()


def grouped(amount: int) -> str:
    """Return an amount as people type it: 299000 becomes "299.000"."""
    return format_vnd(amount)[:-2]


def cells_of(row: SizeRow) -> dict[str, str]:
    """Return what a size's fields hold before anything is typed."""
    return {"size": row.size, "price": row.price, "serves": row.serves, "stock": ""}


def size_input(cells: Mapping[str, str]) -> SizeInput:
    """Return a new size as the service takes it; `problems` must have found none."""
    return SizeInput(
        size=cells["size"].strip(),
        price=number(cells["price"]) or 0,
        stock=number(cells["stock"]) or 0,
        serves=number(cells["serves"]),
    )


def new_fields(typed: Typed) -> dict[str, Any]:
    """Return the fields of a ProductInput but for its sizes; `problems` must have found none."""
    texts = {name: _plain(text) for name, text in typed.texts.items()}
    category, slug = int(texts.pop("category")), texts.pop("slug")
    ticked = {group: _members(group, values) for group, values in typed.ticked.items()}
    return {**texts, "slug": slug or None, "category_id": category, **ticked}


def _members(group: str, values: Sequence[str]) -> list[Any]:
    kind, _ = BOXES[group]
    return [kind(one) for one in values]


def ticked_of(product: Product) -> dict[str, tuple[str, ...]]:
    """Return what is ticked for a product, by group of boxes."""
    return {group: tuple(one.value for one in getattr(product, group)) for group in BOXES}


def boxes(ticked: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return the values of the boxes of the groups given, by name, "1" for those that are ticked."""
    return {
        f"{BOXES[group][1]}-{one.value}": "1" if one.value in values else ""
        for group, values in ticked.items()
        for one in BOXES[group][0]
    }


def changes(base: Product, typed: Typed) -> dict[str, Any]:
    """Return the fields of a ProductChange in which the form differs from the product that it began with."""
    before, changed = texts_of(base), dict[str, Any]()
    for name in TEXTS:
        text = _plain(typed.texts[name])
        if text != before[name]:
            changed["category_id" if name == "category" else name] = int(text) if name == "category" else text
    for group, ticked in ticked_of(base).items():
        if set(typed.ticked[group]) != set(ticked):
            changed[group] = _members(group, typed.ticked[group])
    return changed


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


@dataclass(frozen=True)
class Merge:
    """What a form comes to when somebody else changed the product meanwhile.

    `conflicts` are fields that both changed, with what stands there now; `taken` those that only the other did.
    """

    conflicts: dict[str, str]
    taken: dict[str, str]
    rows: list[SizeRow]


def merge(base: Product, now: Product, typed: Typed, rows: Sequence[SizeRow]) -> Merge:
    """Compare three: what the form began with, what the product is now, and what is typed."""
    conflicts: dict[str, str] = {}
    taken: dict[str, str] = {}

    def weigh(name: str, before: str, theirs: str, mine: str) -> None:
        if theirs not in {before, mine}:
            (taken if mine == before else conflicts)[name] = theirs

    before, theirs = texts_of(base), texts_of(now)
    for name in TEXTS:
        weigh(name, before[name], theirs[name], _plain(typed.texts[name]))
    ticked, ticked_now = ticked_of(base), ticked_of(now)
    for group, mine in typed.ticked.items():
        if set(ticked_now[group]) not in (set(ticked[group]), set(mine)):
            where = taken if set(mine) == set(ticked[group]) else conflicts
            where[group] = " ".join(ticked_now[group])
    earlier = {row.key: row for row in rows_of(base)}
    present = {row.key: row for row in rows_of(now)}
    merged: list[SizeRow] = []
    for row in rows:
        if row.is_new:
            merged.append(row)
        elif row.key in present:
            for name in ("price", "serves"):
                old, new = getattr(earlier.get(row.key, row), name), getattr(present[row.key], name)
                weigh(f"{name}-{row.key}", old, new, _cell(name, typed.sizes[row.key][name]))
            merged.append(replace(present[row.key], is_removed=row.is_removed))
        elif not row.is_removed and _is_touched(earlier.get(row.key, row), typed.sizes[row.key]):
            merged.append(replace(row, is_new=True, is_lost=True, stock=0))
    known = {row.key for row in rows}
    return Merge(conflicts, taken, merged + [row for key, row in present.items() if key not in known])


def as_shown(name: str, text: str) -> str:
    """Return what is typed into a field as the form of a saved product shows it."""
    cell, _, key = name.partition("-")
    return _cell(cell, text) if key and cell in {"price", "serves"} else _plain(text)


def _cell(name: str, text: str) -> str:
    """Return what is typed into a size's cell as a saved size shows it."""
    value = number(text)
    if value is None:
        return text.strip()
    return grouped(value) if name == "price" else str(value)


def _is_touched(row: SizeRow, cells: Mapping[str, str]) -> bool:
    return any(_cell(name, cells[name]) != getattr(row, name) for name in ("price", "serves"))

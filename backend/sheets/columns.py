"""The file's columns, one line per size, and how a cell is written and read."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from backend.catalog.service import ROUTES
from shopkit.contracts.base import MAX_PRICE
from shopkit.contracts.catalog import MAX_SERVES, MAX_STOCK, Allergen, NewSizeCode, Occasion, Slug
from shopkit.text import Block, Line

PRODUCT_COLUMNS = ("name", "name_en", "category", "description", "description_en", "allergens", "archived", "occasions")
SIZE_COLUMNS = ("price", "stock", "serves")
COLUMNS = (
    *("slug", "name", "name_en", "category", "size", "price", "stock", "serves"),
    *("description", "description_en", "allergens", "archived", "occasions"),
)
REQUIRED = ("slug", "size")
NOTHING = "-"
"""What stands in the cell of a product without allergens, or occasions: nobody's health may hang on a cell left out."""

MAX_VALUE = 100
"""Letters of a bad value that a problem repeats."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WHOLE = re.compile(r"-?[0-9]{1,12}")
TRUE, FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})

T = TypeVar("T")


class BadCellError(Exception):
    """A cell that cannot be read: `code` for programs, `message` for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def written(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe before what begins like one."""
    return f"'{text}" if _FORMULA.match(text) else text


def unwritten(cell: str) -> str:
    """Return what `written` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _typed(adapter: TypeAdapter[T], code: str, message: str) -> Callable[[str], T]:
    def read(cell: str) -> T:
        try:
            return adapter.validate_python(cell)
        except ValidationError:
            raise BadCellError(code, message) from None

    return read


def _text(kind: Any, longest: int) -> Callable[[str], str]:
    clean: Callable[[str], str] = _typed(TypeAdapter(kind), "control_characters", "There are control characters in it.")

    def read(cell: str) -> str:
        text = clean(cell)
        if len(text) > longest:
            raise BadCellError("too_long", f"It is longer than {longest} letters.")
        return text

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(cell: str) -> int:
        if not _WHOLE.fullmatch(cell):
            raise BadCellError("not_a_number", "Only digits, please.")
        if not least <= int(cell) <= most:
            raise BadCellError("out_of_range", f"It must be between {least} and {most}.")
        return int(cell)

    return read


def _some_of(kind: type[StrEnum], code: str) -> Callable[[str], list[str]]:
    known = [each.value for each in kind]

    def read(cell: str) -> list[str]:
        if cell == NOTHING:
            return []
        names = list(dict.fromkeys(re.split(r"[\s,;|]+", cell.lower())))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise BadCellError(code, f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}.")
        return names

    return read


_occasions = _some_of(Occasion, "unknown_occasion")


def _yes_or_no(cell: str) -> bool:
    if cell.lower() not in TRUE | FALSE:
        raise BadCellError("not_yes_or_no", "It must be true or false.")
    return cell.lower() in TRUE


_slug = _typed(TypeAdapter(Slug), "invalid_slug", "Small letters, digits and single hyphens only, at most 120.")


def _products_slug(cell: str) -> str:
    slug = _slug(cell)
    if slug.isdecimal() or slug in ROUTES:
        raise BadCellError("invalid_slug", "This cannot be a product's address.")
    return slug


READERS: dict[str, Callable[[str], Any]] = {
    "slug": _products_slug,
    "name": _text(Line, 200),
    "name_en": _text(Line, 200),
    "category": str,
    "size": _typed(TypeAdapter(NewSizeCode), "invalid_size", "At most 20 letters, no slashes."),
    "price": _whole(0, MAX_PRICE),
    "stock": _whole(0, MAX_STOCK),
    "serves": _whole(1, MAX_SERVES),
    "description": _text(Block, 5_000),
    "description_en": _text(Block, 5_000),
    "allergens": _some_of(Allergen, "unknown_allergen"),
    "archived": _yes_or_no,
    # In the enumeration's order, as staff's form keeps them.
    "occasions": lambda cell: sorted(_occasions(cell), key=[*Occasion].index),
}
"""What makes a value of a cell that is not empty, or raises `BadCellError`."""

EMPTIED: dict[str, Any] = {"name_en": "", "description": "", "description_en": "", "serves": None}
"""What an empty cell makes of these; of the others that need not be filled it leaves things as they are."""

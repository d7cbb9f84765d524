"""What was typed into a product's form and not saved, put back on top of what others have saved since."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shopkit.contracts.catalog import MAX_SIZES
from storefront.state.admin.product_form import SizeRow, as_shown

_NEW_CELL = re.compile(r"(?:size|price|serves|stock)-(n[0-9]{1,3})")
_REMOVED = "removed-"


@dataclass(frozen=True)
class Draft:
    """The fields that differ from what the form began with: what is typed in them, and what they began with."""

    at: datetime
    values: dict[str, str]
    base: dict[str, str]


@dataclass(frozen=True)
class Resumed:
    """What a draft comes to by now: the fields to fill, and those that somebody else changed too, with their values."""

    values: dict[str, str]
    conflicts: dict[str, str]


def read_draft(text: str) -> Draft | None:
    """Read what the browser kept; it is the browser's, and may be anything."""
    try:
        kept = json.loads(text)
        at = datetime.fromtimestamp(kept["at"] / 1000, UTC)
        return Draft(at, _texts(kept["values"]), _texts(kept["base"]))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        return None


def resume(draft: Draft, now: Mapping[str, str]) -> Resumed:
    """Compare three: what the form began with then, what it shows `now`, and what was typed.

    What others have saved in fields that were not touched stays, and so do fields of sizes that are gone.
    """
    values: dict[str, str] = {}
    conflicts: dict[str, str] = {}
    for name, text in draft.values.items():
        theirs, mine = now.get(name, ""), as_shown(name, text)
        is_there = name in now or _NEW_CELL.fullmatch(name) or f"price-{name.removeprefix(_REMOVED)}" in now
        if mine == theirs or not is_there:
            continue
        values[name] = text
        if as_shown(name, draft.base.get(name, "")) != theirs:
            conflicts[name] = theirs
    return Resumed(values, conflicts)


def rows_with(draft: Draft, rows: Sequence[SizeRow]) -> list[SizeRow]:
    """Return the sizes as they stood in the form: some to be removed, and new ones behind those that are saved."""
    saved = [replace(row, is_removed=draft.values.get(_REMOVED + row.key) == "1") for row in rows if not row.is_new]
    keys = {found[1] for name in draft.values if (found := _NEW_CELL.fullmatch(name))}
    return [*saved, *[SizeRow(key=key, is_new=True) for key in sorted(keys, key=place_of)[:MAX_SIZES]]]


def place_of(key: str) -> int:
    """Return the number in the key of a size that is not saved yet, 0 if it has none."""
    digits = key.removeprefix("n")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 4 else 0


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}

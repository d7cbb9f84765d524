"""Strings people type: cleaned on the way in, folded for comparison."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_BUT_NEWLINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_NOT_IN_LINE = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_NOT_IN_BLOCK = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"

LINE_PATTERN = rf"^[^{_NOT_IN_LINE}]*$"
"""JSON schema pattern of `Line`: PostgreSQL refuses NUL, and logs must stay one line an entry."""

FILLED_LINE_PATTERN = rf"^[^{_NOT_IN_LINE}]*[^\s{_NOT_IN_LINE}][^{_NOT_IN_LINE}]*$"
"""JSON schema pattern of a `Line` that may not be empty."""

PATH_SEGMENT_PATTERN = rf"^[^/\\{_NOT_IN_LINE}]*[^./\\\s{_NOT_IN_LINE}][^/\\{_NOT_IN_LINE}]*$"
"""JSON schema pattern of a `Line` that can stand in a URL's path: no slashes, and more than dots and spaces."""

BLOCK_PATTERN = rf"^[^{_NOT_IN_BLOCK}]*$"
"""JSON schema pattern of `Block`."""

FILLED_BLOCK_PATTERN = rf"^[^{_NOT_IN_BLOCK}]*[^\s{_NOT_IN_BLOCK}][^{_NOT_IN_BLOCK}]*$"
"""JSON schema pattern of a `Block` that may not be empty."""


def fold(text: str) -> str:
    """Return `text` without accents and in lower case: "Bánh Đậu Đỏ" becomes "banh dau do".

    The same folding as PostgreSQL's `unaccent` does for Vietnamese; đ has no decomposition, so it is mapped by hand.
    """
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def like_literal(text: str) -> str:
    """Return `text` as SQL's LIKE finds it literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def phone_key(text: str) -> str:
    """Return a phone number as it is searched for: bare digits, with the 0 that Vietnamese numbers have at home."""
    return re.sub(r"^((\+|00)84|84(?=\d{9}))0?", "0", re.sub(r"[ .()-]", "", text))


def slugify(text: str) -> str:
    """Return `text` as a URL path segment: folded, runs of anything else turned into one hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def path_segment(text: str) -> str:
    """Return `text` if it can stand in a URL's path; clients take slashes and segments of dots for something else."""
    if not re.fullmatch(PATH_SEGMENT_PATTERN, text):
        raise ValueError("must not contain slashes, nor be dots alone")
    return text


def _line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters")
    return unicodedata.normalize("NFC", text).strip()


def _block(text: str) -> str:
    if _CONTROL_BUT_NEWLINES.search(text):
        raise ValueError("must not contain control characters")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


Line = Annotated[str, StringConstraints(pattern=LINE_PATTERN), AfterValidator(_line)]
"""One line of text: NFC, trimmed, without control characters."""

Block = Annotated[str, AfterValidator(_block), Field(json_schema_extra={"pattern": BLOCK_PATTERN})]
"""Text that may span lines (a note, an address): NFC, trimmed, no control characters but newline and tab."""

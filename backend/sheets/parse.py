"""A file's text made into products and sizes, with every problem that can be told without the catalogue."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from backend.sheets.columns import (
    COLUMNS,
    EMPTIED,
    MAX_VALUE,
    PRODUCT_COLUMNS,
    READERS,
    REQUIRED,
    SIZE_COLUMNS,
    BadCellError,
    unwritten,
)
from shopkit.contracts.catalog import ImportProblem, size_key

MAX_LINES = 100_000
"""More than a catalogue of whole lines has in the bytes that are taken; a file of nothing but short ones ends here."""
MAX_PROBLEMS = 2_000
"""Whoever has so many mends their cause first; a file with more of them is not read to its end."""
WHOLE_FILE = 0
_NOTHING = object()


@dataclass
class SheetSize:
    """A line: what the file says of a size. `bad` are columns that could not be read."""

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


@dataclass
class SheetProduct:
    """What the file says of a product, in its first line; `sizes` by code, in the file's order."""

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    sizes: dict[str, SheetSize] = field(default_factory=dict)
    unnamed: list[SheetSize] = field(default_factory=list)
    """Lines whose size could not be read."""
    lines: dict[str, int] = field(default_factory=dict)
    """The line of each size by its `size_key`."""


@dataclass
class Sheet:
    """A file as it was read: products by slug, in the file's order."""

    lines: int = 0
    products: dict[str, SheetProduct] = field(default_factory=dict)
    unnamed: list[SheetProduct] = field(default_factory=list)
    """Lines whose slug could not be read: which product they are about nobody knows."""
    problems: list[ImportProblem] = field(default_factory=list)

    def problem(self, line: int, column: str | None, code: str, message: str, value: str = "") -> None:
        """Note a problem."""
        self.problems.append(
            ImportProblem(line=line, column=column, code=code, message=message, value=value[:MAX_VALUE])
        )


def parse(content: bytes) -> Sheet:
    """Return what stands in a file: UTF-8, with commas or semicolons between the cells."""
    sheet = Sheet()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        sheet.problem(WHOLE_FILE, None, "not_utf8", "The file is not UTF-8; save it as “CSV UTF-8”.")
        return sheet
    rows = _rows(text, sheet)
    head = next(rows, None)
    if head is None:
        if not sheet.problems:
            sheet.problem(WHOLE_FILE, None, "empty_file", "There is nothing in the file.")
        return sheet
    columns = _columns(*head, sheet)
    if sheet.problems:
        return sheet
    for line, cells in rows:
        sheet.lines += 1
        if sheet.lines > MAX_LINES:
            sheet.problem(WHOLE_FILE, None, "too_many_lines", f"A file has {MAX_LINES} lines at most.")
            break
        if len(sheet.problems) >= MAX_PROBLEMS:
            break
        _read(sheet, columns, line, cells)
    return sheet


def _rows(text: str, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows in which anything stands, with the number of the line where each begins."""
    first = text.partition("\n")[0]
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            sheet.problem(line, None, "not_csv", f"The file cannot be read from here on: {error}.")
            return
        cells = [unwritten(cell.strip()) for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield line, cells


def _columns(line: int, cells: list[str], sheet: Sheet) -> list[str]:
    names = [cell.lower() for cell in cells]
    # Among more names than there are columns some are wrong; with thousands of them it is no such file at all.
    for number, name in enumerate(names[: 2 * len(COLUMNS)]):
        if name not in COLUMNS:
            sheet.problem(line, name[:MAX_VALUE], "unknown_column", f"Known columns: {', '.join(COLUMNS)}.", name)
        elif name in names[:number]:
            sheet.problem(line, name, "duplicate_column", "This column is there twice.", name)
    for name in REQUIRED:
        if name not in names:
            sheet.problem(line, name, "missing_column", "Without this column nobody knows what a line is about.")
    return names


def _read(sheet: Sheet, columns: list[str], line: int, cells: list[str]) -> None:
    if len(cells) > len(columns):
        sheet.problem(line, None, "cell_count", f"There are {len(cells)} cells for {len(columns)} columns.")
        return
    texts = dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True))
    values: dict[str, Any] = {}
    bad: set[str] = set()
    for column, text in texts.items():
        if not text:
            if column in REQUIRED:
                sheet.problem(line, column, "required", "Something must stand here.")
            elif column in EMPTIED:
                values[column] = EMPTIED[column]
            continue
        try:
            values[column] = READERS[column](text)
        except BadCellError as error:
            sheet.problem(line, column, error.code, error.message, text)
            bad.add(column)
    _place(sheet, line, texts, values, bad)


def _place(sheet: Sheet, line: int, texts: dict[str, str], values: dict[str, Any], bad: set[str]) -> None:
    slug, code = values.get("slug"), values.get("size")
    product = None if slug is None else sheet.products.get(slug)
    if product is None:
        fields = {name: values[name] for name in PRODUCT_COLUMNS if name in values}
        product = SheetProduct(line, fields, bad & set(PRODUCT_COLUMNS))
        if slug is None:
            sheet.unnamed.append(product)
        else:
            sheet.products[slug] = product
    elif code is not None and (first := product.lines.get(size_key(code))) is not None:
        sheet.problem(line, "size", "duplicate_line", f"Line {first} is about this size already.", code)
        return
    for name in PRODUCT_COLUMNS:
        is_readable = texts.get(name) and name in values and name not in product.bad
        if is_readable and product.fields.get(name, _NOTHING) != values[name]:
            message = f"Line {product.line} says something else of the same product."
            sheet.problem(line, name, "differs", message, texts[name])
    size = SheetSize(line, {name: values[name] for name in SIZE_COLUMNS if name in values}, bad & set(SIZE_COLUMNS))
    if code is None:
        product.unnamed.append(size)
    else:
        product.lines[size_key(code)] = line
        product.sizes[code] = size

"""The product's form without a browser: what is wrong, what is sent, and what two admins make of one product."""

from dataclasses import replace
from typing import Any

import pytest

from shopkit.contracts.catalog import Allergen, Occasion, Product
from storefront.state.admin.product_form import (
    SizeRow,
    changes,
    grouped,
    key_of,
    merge,
    new_fields,
    number,
    problems,
    read,
    rows_of,
    size_input,
    texts_of,
)
from tests.unit.storefront.admin import admin_product

S, M = key_of("S"), key_of("M")


def form(product: Product, **typed: str) -> dict[str, Any]:
    """Return the form of a product as it is submitted, with what was typed."""
    sizes = {f"{name}-{row.key}": getattr(row, name) for row in rows_of(product) for name in ("price", "serves")}
    boxes = {f"allergen-{one.value}": "on" for one in product.allergens}
    boxes |= {f"occasion-{one.value}": "on" for one in product.occasions}
    return {**texts_of(product), **sizes, **boxes, **typed}


def product(**change: Any) -> Product:
    return Product.model_validate(admin_product(**change))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("299.000", 299_000),
        ("299,000", 299_000),
        (" 299 000 ₫", 299_000),
        ("299\u00a0000đ", 299_000),
        ("1.250.000", 1_250_000),
        ("2000000000₫", 2_000_000_000),
        ("0", 0),
        ("199,000.00", None),
        ("199000.00", None),
        ("1.250,000", None),
        ("12.50", None),
        ("1,5", None),
        ("0.500", None),
        ("1.0000", None),
        (".500", None),
        ("299.000.", None),
        ("299  000", None),
        ("", None),
        ("-5", None),
        ("12e3", None),
        ("١٢", None),
        ("9" * 12, None),
        ("999.999.999.999.999", None),
        ("\u00a0299.000\u00a0₫ ", 299_000),
    ],
)
def test_amounts_are_read_with_thousands_grouped_or_not(text: str, amount: int | None) -> None:
    assert number(text) == amount


def test_amounts_are_shown_grouped() -> None:
    assert [grouped(0), grouped(299_000), grouped(1_250_000)] == ["0", "299.000", "1.250.000"]


def test_a_form_that_was_not_touched_changes_nothing() -> None:
    old = product()
    typed = read(form(old), rows_of(old))
    assert problems(typed, rows_of(old), slug_required=True) == {}
    assert changes(old, typed) == {}


def test_only_what_was_typed_is_sent() -> None:
    old = product()
    typed = read(form(old, name=" Mousse xoài ", **{"allergen-egg": "on"}, category="2"), rows_of(old))
    assert changes(old, typed) == {
        "name": "Mousse xoài",
        "category_id": 2,
        "allergens": [Allergen.MILK, Allergen.EGG],
    }


def test_occasions_are_sent_when_they_change_and_with_a_new_product() -> None:
    old = product(occasions=["birthday"])
    typed = read(form(old, **{"occasion-tet": "on", "occasion-birthday": ""}), rows_of(old))
    assert changes(old, typed) == {"occasions": [Occasion.TET]}
    assert new_fields(typed)["occasions"] == [Occasion.TET]
    assert changes(old, read(form(old), rows_of(old))) == {}


def test_occasions_that_both_changed_are_a_conflict() -> None:
    old, now = product(occasions=["birthday"]), product(occasions=["birthday", "kids"])
    mine = read(form(old, **{"occasion-tet": "on"}), rows_of(old))
    merged = merge(old, now, mine, rows_of(old))
    assert (merged.conflicts, merged.taken) == ({"occasions": "birthday kids"}, {})
    untouched = merge(old, now, read(form(old), rows_of(old)), rows_of(old))
    assert (untouched.conflicts, untouched.taken) == ({}, {"occasions": "birthday kids"})


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"name": " "}, "name", "name_missing"),
        ({"name": "x" * 201}, "name", "text_long"),
        ({"name_en": "a\x07b"}, "name_en", "text_wrong"),
        ({"slug": ""}, "slug", "slug_missing"),
        ({"slug": "Mousse Xoài"}, "slug", "slug_wrong"),
        ({"slug": "123"}, "slug", "slug_wrong"),
        ({"description": "x" * 5001}, "description", "text_long"),
        ({"category": ""}, "category", "category_missing"),
        ({f"price-{S}": "abc"}, f"price-{S}", "price_wrong"),
        ({f"price-{S}": "2.000.000.001"}, f"price-{S}", "price_wrong"),
        ({f"price-{S}": "199,000.00"}, f"price-{S}", "price_wrong"),
        ({f"price-{S}": "0"}, f"price-{S}", "price_zero"),
        ({f"serves-{S}": "501"}, f"serves-{S}", "serves_wrong"),
        ({f"serves-{S}": "0"}, f"serves-{S}", "serves_wrong"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(typed: dict[str, str], field: str, text: str) -> None:
    old = product()
    found = problems(read(form(old, **typed), rows_of(old)), rows_of(old), slug_required=True)
    assert found == {field: f"admin_product.{text}"}


@pytest.mark.parametrize(
    ("cells", "field", "text"),
    [
        ({"size-n1": "", "price-n1": "1"}, "size-n1", "size_missing"),
        ({"size-n1": "S", "price-n1": "1"}, "size-n1", "size_taken"),
        ({"size-n1": "s", "price-n1": "1"}, "size-n1", "size_taken"),
        ({"size-n1": "a/b", "price-n1": "1"}, "size-n1", "size_wrong"),
        ({"size-n1": "XL", "price-n1": ""}, "price-n1", "price_wrong"),
        ({"size-n1": "XL", "price-n1": "1", "stock-n1": "1.000.001"}, "stock-n1", "stock_wrong"),
    ],
)
def test_what_is_wrong_with_a_new_size_is_told_at_its_field(cells: dict[str, str], field: str, text: str) -> None:
    old = product()
    rows = [*rows_of(old), SizeRow(key="n1", is_new=True)]
    found = problems(read(form(old, **cells), rows), rows, slug_required=True)
    assert found == {field: f"admin_product.{text}"}


def test_a_new_size_is_sent_as_it_is_typed() -> None:
    rows = [SizeRow(key="n1", is_new=True)]
    typed = read({"size-n1": " XL ", "price-n1": "450.000", "serves-n1": "", "stock-n1": "7"}, rows)
    assert size_input(typed.sizes["n1"]).model_dump() == {"size": "XL", "price": 450_000, "stock": 7, "serves": None}


def test_a_product_keeps_a_size() -> None:
    old = product()
    rows = [replace(row, is_removed=True) for row in rows_of(old)]
    assert problems(read(form(old), rows), rows, slug_required=True) == {"sizes": "admin_product.sizes_missing"}


def test_what_only_the_other_changed_is_taken_over() -> None:
    old, now = product(), product(nameEn="Mango", allergens=["milk", "egg"], slug="xoai")
    merged = merge(old, now, read(form(old, name="Mine"), rows_of(old)), rows_of(old))
    assert (merged.conflicts, merged.taken) == ({}, {"name_en": "Mango", "slug": "xoai", "allergens": "milk egg"})


def test_what_both_changed_is_a_conflict_unless_they_agree() -> None:
    old, now = product(), product(name="Theirs", nameEn="Same")
    merged = merge(old, now, read(form(old, name="Mine", name_en="Same"), rows_of(old)), rows_of(old))
    assert (merged.conflicts, merged.taken) == ({"name": "Theirs"}, {})


def test_a_price_that_both_changed_is_a_conflict() -> None:
    old = product()
    sizes = [{**size, "price": 111_000} if size["size"] == "S" else size for size in admin_product()["sizes"]]
    now = product(sizes=sizes)
    mine = merge(old, now, read(form(old, **{f"price-{S}": "222.000"}), rows_of(old)), rows_of(old))
    assert mine.conflicts == {f"price-{S}": "111.000"}
    theirs = merge(old, now, read(form(old), rows_of(old)), rows_of(old))
    assert (theirs.conflicts, theirs.taken) == ({}, {f"price-{S}": "111.000"})


def test_a_size_that_the_other_removed_goes_unless_it_was_changed_here() -> None:
    old, now = product(), product(sizes=admin_product()["sizes"][1:])
    untouched = merge(old, now, read(form(old), rows_of(old)), rows_of(old))
    assert [row.key for row in untouched.rows] == [M]
    touched = merge(old, now, read(form(old, **{f"price-{S}": "1"}), rows_of(old)), rows_of(old))
    assert [(row.key, row.is_new, row.is_lost) for row in touched.rows] == [(S, True, True), (M, False, False)]


def test_a_size_that_the_other_added_appears() -> None:
    added = {"size": "XL", "price": 1000, "stock": 1, "serves": None}
    old, now = product(), product(sizes=[*admin_product()["sizes"], added])
    rows = [*rows_of(old), SizeRow(key="n1", is_new=True)]
    assert [row.key for row in merge(old, now, read(form(old), rows), rows).rows] == [S, M, "n1", key_of("XL")]

"""Strings people type."""

import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from shopkit.text import Block, Line, fold, like_literal, phone_key, slugify

LINE, BLOCK = TypeAdapter(Line), TypeAdapter(Block)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Bánh Đậu Đỏ", "banh dau do"),
        ("ĐẶNG THỊ Ứng", "dang thi ung"),
        (unicodedata.normalize("NFD", "Tiramisu Cổ Điển"), "tiramisu co dien"),
        ("ơ ớ ờ ở ỡ ợ ư ứ ừ ử ữ ự ă ắ ằ ẳ ẵ ặ â ấ ầ ẩ ẫ ậ", "o o o o o o u u u u u u a a a a a a a a a a a a"),
        ("Crème Brûlée", "creme brulee"),
        ("", ""),
        ("123 %_\\", "123 %_\\"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+84 912.345-678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0084 (0) 912345678", "0912345678"),
        ("(091) 234 5678", "0912345678"),
        ("84912", "84912"),
        ("+1 555 0100", "+15550100"),
        ("- .", ""),
    ],
)
def test_phones_are_searched_for_as_bare_digits(text: str, key: str) -> None:
    assert phone_key(text) == key


def test_what_like_would_read_as_a_pattern_is_escaped() -> None:
    assert like_literal("50%_a\\b") == "50\\%\\_a\\\\b"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Bánh Mousse Đậu Đỏ", "banh-mousse-dau-do"),
        ("  Sô-cô-la & bạc hà!  ", "so-co-la-bac-ha"),
        ("---", ""),
        ("蛋糕", ""),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_text_is_composed_and_trimmed() -> None:
    apart = unicodedata.normalize("NFD", " Đậu đỏ ")
    assert LINE.validate_python(apart) == BLOCK.validate_python(apart) == "Đậu đỏ"
    assert len("Đậu đỏ") == 6


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
@pytest.mark.parametrize("adapter", [LINE, BLOCK])
def test_control_characters_are_refused(adapter: TypeAdapter[str], bad: str) -> None:
    with pytest.raises(ValidationError):
        adapter.validate_python(f"a{bad}b")


@pytest.mark.parametrize("bad", ["\n", "\r", "\t", "\u2028", "\u2029"])
def test_a_line_is_one_line(bad: str) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(f"a{bad}b")


def test_a_block_keeps_its_lines() -> None:
    assert BLOCK.validate_python(" một\r\nhai\rba\n\tbốn \n") == "một\nhai\nba\n\tbốn"

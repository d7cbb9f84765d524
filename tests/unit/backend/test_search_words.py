"""What people type, as PostgreSQL's query."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalog.search import words_query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Bánh Đậu", "banh:* & dau:*"),
        ("  sô-cô-la ", "so:* & co:* & la:*"),
        ("a & !b | (c):* <-> 'd'", "a:* & b:* & c:* & d:*"),
        ("snake_case", "snake:* & case:*"),
        ("1 2 3 4 5 6 7 8 9 10", "1:* & 2:* & 3:* & 4:* & 5:* & 6:* & 7:* & 8:*"),
        ("", None),
        ("%_\\'\";--", None),
        ("💩", None),
    ],
)
def test_words(text: str, query: str | None) -> None:
    assert words_query(text) == query


@given(st.text(max_size=100))
def test_nothing_typed_is_syntax(text: str) -> None:
    query = words_query(text)
    assert query is None or re.fullmatch(r"[^\W_]+:\*( & [^\W_]+:\*){0,7}", query)

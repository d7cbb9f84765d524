"""Tokens that continue a list."""

import base64
from typing import Any

import orjson
import pytest

from backend.catalog.listing import decode_cursor, encode_cursor
from shopkit.contracts.catalog import ProductSort
from shopkit.errors import Invalid


@pytest.mark.parametrize("sort", ProductSort)
def test_a_cursor_comes_back(sort: ProductSort) -> None:
    key = "bánh đậu 'x'" if sort is ProductSort.NAME else 299_000
    token = encode_cursor(sort, key, 7)
    assert decode_cursor(token, sort) == (key, 7)
    assert token.replace("-", "").replace("_", "").isalnum()


def forged(content: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "é",
        "not-base64-json",
        forged(1),
        forged([]),
        forged({}),
        forged(["price", 1]),
        forged(["price", 1, 2, 3]),
        forged(["name", "a", 1]),
        forged(["price", "1", 1]),
        forged(["price", 1.5, 1]),
        forged(["price", None, 1]),
        forged(["price", True, 1]),
        forged(["price", 1, True]),
        forged(["price", 1, "1"]),
        forged(["price", 2**31, 1]),
        forged(["price", 1, -(2**31) - 1]),
        forged([["price"], 1, 1]),
    ],
)
def test_a_forged_cursor_is_refused(token: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(token, ProductSort.PRICE_ASC)
    assert refusal.value.code == "invalid_cursor"


@pytest.mark.parametrize("key", [1, None, "a\x00b"])
def test_a_forged_name_is_refused(key: Any) -> None:
    with pytest.raises(Invalid):
        decode_cursor(forged(["name", key, 1]), ProductSort.NAME)

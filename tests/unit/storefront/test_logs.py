"""What the storefront's log does not tell, and that it never harms the program."""

import logging

import pytest

from storefront.logs import _Redacting


def told(text: str, *arguments: object) -> str:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, text, arguments, None)
    assert _Redacting().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("GET /_event/?EIO=4&token=abc-1&x=1", "GET /_event/?EIO=4&token=[redacted]&x=1"),
        ("{'cookie': 'a=b; c=d', 'host': 'shop'}", "{'cookie': [redacted], 'host': 'shop'}"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_tokens_and_cookies_are_taken_out(text: str, written: str) -> None:
    assert told(text) == written


def test_a_cookie_that_python_writes_in_double_quotes_is_taken_out() -> None:
    assert (
        told("failed: %s", {"cookie": "name=it's", "host": "shop"}) == "failed: {'cookie': [redacted], 'host': 'shop'}"
    )


def test_a_record_whose_arguments_do_not_fit_passes_and_raises_nothing() -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("odd")

    for text, argument in (("%d things", "a"), ("%s", Odd())):
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, text, (argument,), None)
        assert _Redacting().filter(record)
        assert record.args == (argument,)

"""What requests may hold."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shopkit.contracts.base import Id, Quantity, Vnd
from shopkit.contracts.cart import CartAdd
from shopkit.contracts.orders import OrderSummary


@pytest.mark.parametrize("value", [1, 1.0, 99, 99.0])
def test_a_whole_number_is_whole_however_it_is_written(value: Any) -> None:
    taken = TypeAdapter(Quantity).validate_python(value)
    assert taken == value
    assert type(taken) is int


@pytest.mark.parametrize("kind", [Id, Quantity, Vnd])
@pytest.mark.parametrize("value", ["1", True, 1.5, None, float("nan"), float("inf"), -1, 2**60, [1]])
def test_nothing_else_is(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_bounds_stand_in_the_schema() -> None:
    assert TypeAdapter(Quantity).json_schema() == {"type": "integer", "minimum": 1, "maximum": 99}


def test_requests_refuse_unknown_fields_and_replies_ignore_them() -> None:
    with pytest.raises(ValidationError):
        CartAdd.model_validate({"productId": 1, "size": "M", "colour": "red"})
    assert "extra" not in OrderSummary.model_config


def test_errors_do_not_repeat_what_was_sent() -> None:
    # They end up in logs, which may hold neither tokens nor names.
    with pytest.raises(ValidationError) as refused:
        CartAdd.model_validate({"productId": 1, "size": "M", "quantity": "Nguyễn Thị Mai"})
    with pytest.raises(ValidationError) as unread:
        OrderSummary.model_validate({"contactName": "Nguyễn Thị Mai"})
    assert "Nguyễn" not in f"{refused.value} {unread.value}"

"""What a caller is told about a request that is wrong: enough to correct it, and no more."""

from typing import Any

import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from shopkit.contracts.base import MAX_FIELDS, Request
from shopkit.contracts.orders import OrderInput
from shopkit.errors import problem_response
from shopkit.validation import MAX_ERRORS, MAX_MESSAGE, MAX_PLACE, validation_problem


class Loose(BaseModel):
    """Refuses unknown fields one by one."""

    model_config = ConfigDict(extra="forbid")


def errors_of(model: type[BaseModel], data: Any) -> list[Any]:
    with pytest.raises(ValidationError) as error:
        model.model_validate(data)
    return [{**each, "loc": ("body", *each["loc"])} for each in error.value.errors()]


def answer(errors: list[Any]) -> Any:
    return orjson.loads(problem_response(validation_problem(RequestValidationError(errors)), None).body)


def test_each_of_a_few_errors_is_told() -> None:
    problem = answer(errors_of(OrderInput, {"userId": "one", "typo": 1}))
    assert problem["code"] == "validation_error"
    assert {error["field"] for error in problem["errors"]} >= {"userId", "items", "typo"}
    assert problem["errors"][0].keys() == {"in", "field", "message", "type"}


def test_of_many_errors_the_first_are_told() -> None:
    errors = errors_of(Loose, {f"key{number}": 1 for number in range(1_000)})
    assert len(errors) == 1_000
    problem = answer(errors)
    assert [error["field"] for error in problem["errors"]] == [f"key{number}" for number in range(MAX_ERRORS)]


def test_what_a_caller_sent_is_not_sent_back_at_length() -> None:
    message = {"loc": ("body", "k" * 100_000, *["part"] * 100_000), "msg": "m" * 100_000, "type": "value_error"}
    problem = answer([message])
    [error] = problem["errors"]
    assert error["field"].startswith("k" * MAX_PLACE)
    assert error["message"].startswith("m" * MAX_MESSAGE)
    assert len(orjson.dumps(problem)) < 1_500


@pytest.mark.parametrize("place", ["top", "nested"])
def test_a_flood_of_fields_is_one_error(place: str) -> None:
    flood = {f"key{number}": 1 for number in range(MAX_FIELDS + 1)}
    errors = errors_of(OrderInput, flood if place == "top" else {"items": [flood]})
    floods = [error for error in errors if error["type"] == "too_many_fields"]
    assert [error["loc"] for error in floods] == [("body",) if place == "top" else ("body", "items", 0)]
    assert not [error for error in errors if error["type"] == "extra_forbidden"]


def test_no_request_has_as_many_fields_as_a_flood() -> None:
    def kinds(of: type[Request]) -> set[type[Request]]:
        return {of}.union(*map(kinds, of.__subclasses__()))

    assert max(len(kind.model_fields) for kind in kinds(Request)) <= MAX_FIELDS / 2

"""Errors as problem+json."""

import orjson
import pytest

from shopkit.errors import Conflict, Invalid, NotFound, ProblemError, RateLimited, Unavailable, problem_response


@pytest.mark.parametrize(
    ("error", "status", "title", "code"),
    [
        (ProblemError(), 500, "Internal Server Error", "internal_error"),
        (NotFound("There is no such cake."), 404, "Not Found", "not_found"),
        (Conflict(code="price_changed", lines=[1]), 409, "Conflict", "price_changed"),
        (Invalid(), 422, "Unprocessable Entity", "validation_error"),
        (RateLimited(7), 429, "Too Many Requests", "rate_limited"),
        (Unavailable(), 503, "Service Unavailable", "unavailable"),
    ],
)
def test_a_problem(error: ProblemError, status: int, title: str, code: str) -> None:
    answer = problem_response(error, "req-1")
    assert (answer.status_code, answer.media_type) == (status, "application/problem+json")
    assert orjson.loads(bytes(answer.body)) == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": error.detail,
        "requestId": "req-1",
        **error.extra,
    }


def test_headers_tell_when_to_come_again() -> None:
    assert problem_response(RateLimited(7), None).headers["retry-after"] == "7"
    assert problem_response(Unavailable(), None).headers["retry-after"] == "2"

"""Errors as problem+json (RFC 9457). Raise one of these anywhere; the app turns it into the answer."""

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response


class ProblemError(Exception):
    """An error to tell the caller: `code` is for programs, `detail` for people, `extra` are further members."""

    status: int = 500
    code: str = "internal_error"
    detail: str = "Something went wrong on our side. Please try again."

    def __init__(
        self, detail: str | None = None, *, code: str | None = None, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        self.detail = detail or type(self).detail
        self.code = code or type(self).code
        self.headers = headers
        self.extra = extra
        super().__init__(self.detail)


class Invalid(ProblemError):
    """The request is well-formed but cannot be meant so."""

    status, code, detail = 422, "validation_error", "The request is not valid."


class Unauthenticated(ProblemError):
    """Nobody is logged in, or the token is no longer good."""

    status, code, detail = 401, "unauthenticated", "Please sign in."

    def __init__(self, detail: str | None = None, *, code: str | None = None) -> None:
        super().__init__(detail, code=code, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(ProblemError):
    """The caller is known, and may not do this."""

    status, code, detail = 403, "forbidden", "You may not do this."


class NotFound(ProblemError):
    """There is no such thing, or it is not the caller's: the two look alike on purpose."""

    status, code, detail = 404, "not_found", "There is no such thing."


class Conflict(ProblemError):
    """The request does not fit the present state of things."""

    status, code, detail = 409, "conflict", "This does not fit the present state."


class TooLarge(ProblemError):
    """The request's body is larger than any honest one."""

    status, code, detail = 413, "body_too_large", "The request is too large."


class TooSlow(ProblemError):
    """The request's body does not come to its end."""

    status, code, detail = 408, "too_slow", "The request did not arrive in time."

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class RateLimited(ProblemError):
    """Too many attempts; `retry_after` says in how many seconds to try again."""

    status, code, detail = 429, "rate_limited", "Too many attempts. Please wait a moment."

    def __init__(self, retry_after: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)}, retryAfter=retry_after)


class Unavailable(ProblemError):
    """Something this service needs does not answer; nothing was changed unless the problem says otherwise."""

    status, code, detail = 503, "unavailable", "The shop is briefly unavailable. Please try again in a moment."

    def __init__(self, detail: str | None = None, *, code: str | None = None, retry_after: int = 2) -> None:
        super().__init__(detail, code=code, headers={"Retry-After": str(retry_after)})


BUSY = "busy"
"""The code of an `Unavailable` by which a service refuses, for now, what it could not keep: nothing was done."""


def problem_response(error: ProblemError, request_id: str | None) -> Response:
    """Return `error` as an HTTP answer."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "requestId": request_id,
        **error.extra,
    }
    return Response(
        orjson.dumps(body), status_code=error.status, media_type="application/problem+json", headers=error.headers
    )

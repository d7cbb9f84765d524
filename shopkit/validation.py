"""Validation errors as the problem that tells a caller what to correct."""

from itertools import islice
from typing import Any

from fastapi.exceptions import RequestValidationError

from shopkit.errors import Invalid
from shopkit.log import cut

MAX_ERRORS = 20
"""Whoever corrects these asks again; more would only answer a flood with a larger one."""
MAX_PLACE = 100
MAX_MESSAGE = 200


def validation_problem(error: RequestValidationError) -> Invalid:
    """Return the problem that names what is wrong, field by field. Of many errors the first are told."""
    errors = [_told(item) for item in islice(error.errors(), MAX_ERRORS)]
    first = errors[0]
    code = "invalid_json" if first["type"] == "json_invalid" else "validation_error"
    named = f"{first['field']}: " if first["field"] else ""
    return Invalid(f"{named}{first['message']}", code=code, errors=errors)


def _told(item: Any) -> dict[str, str]:
    source, *path = [str(part) for part in item["loc"][:10]] or ["body"]
    return {
        "in": source,
        "field": cut(".".join(cut(part, MAX_PLACE) for part in path), MAX_PLACE),
        "message": cut(str(item["msg"]).removeprefix("Value error, "), MAX_MESSAGE),
        "type": item["type"],
    }

"""Validation errors as the problem that tells a caller what to correct."""

from fastapi.exceptions import RequestValidationError

from shopkit.errors import Invalid


def validation_problem(error: RequestValidationError) -> Invalid:
    """Return the problem that names what is wrong, field by field."""
    errors = []
    for item in error.errors():
        where = [str(part) for part in item["loc"]]
        source, path = (where[0], where[1:]) if where else ("body", [])
        errors.append(
            {
                "in": source,
                "field": ".".join(path),
                "message": str(item["msg"]).removeprefix("Value error, "),
                "type": item["type"],
            }
        )
    first = errors[0]
    code = "invalid_json" if first["type"] == "json_invalid" else "validation_error"
    named = f"{first['field']}: " if first["field"] else ""
    return Invalid(f"{named}{first['message']}", code=code, errors=errors)

"""What FastAPI leaves out of the OpenAPI document."""

from typing import Any

from fastapi import FastAPI

PROBLEM_JSON = "application/problem+json"


def describe_problems(app: FastAPI) -> None:
    """Give errors in the document the media type they have: FastAPI writes the route's own for every answer."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        for path in document["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if status in {"4XX", "5XX"}:
                        [described] = answer["content"].values()
                        answer["content"] = {PROBLEM_JSON: described}
        return document

    app.openapi = openapi  # type: ignore[method-assign]

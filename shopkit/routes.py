"""Which methods each path of the OpenAPI document accepts.

Used to answer 405 with a full `Allow`, and before a route with a parameter takes a literal path's name for its value.
"""

import re
from functools import cached_property

from fastapi import FastAPI
from starlette.routing import compile_path

from shopkit.errors import ProblemError


class MethodNotAllowed(ProblemError):
    """The path is known, and not with this method."""

    status, code, detail = 405, "http_405", "Method Not Allowed"

    def __init__(self, methods: set[str]) -> None:
        super().__init__(headers={"Allow": ", ".join(sorted(methods))})


class Routes:
    """The paths of an app's OpenAPI document, read when the first request comes."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @cached_property
    def _methods(self) -> dict[str, set[str]]:
        return {path: {method.upper() for method in item} for path, item in self._app.openapi()["paths"].items()}

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        return {path: methods for path, methods in self._methods.items() if "{" not in path}

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], set[str]]]:
        return [(compile_path(path)[0], methods) for path, methods in self._methods.items() if "{" in path]

    def check(self, method: str, path: str) -> None:
        """Refuse a method that a path without parameters does not know. Raises MethodNotAllowed."""
        methods = self._words.get(path)
        if methods is not None and method not in methods:
            raise MethodNotAllowed(methods)

    def allowed(self, path: str) -> set[str]:
        """Return the methods that a path knows."""
        if path in self._words:
            return self._words[path]
        return {method for pattern, methods in self._patterns if pattern.match(path) for method in methods}

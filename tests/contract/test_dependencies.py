"""No request waits for a thread: FastAPI takes one for every endpoint and dependency that is not `async`."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from tests.contract.openapi import NOWHERE
from tests.support.apps import SETTINGS


def _calls(dependant: Dependant) -> Iterator[Any]:
    if dependant.call is not None:
        yield dependant.call
    for needed in dependant.dependencies:
        yield from _calls(needed)


def _runs_in_the_loop(call: Any) -> bool:
    function = call if inspect.isfunction(call) else type(call).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


@pytest.mark.parametrize("service", SETTINGS)
def test_everything_runs_in_the_event_loop(service: str) -> None:
    module, kind = SETTINGS[service]
    app = import_module(f"{service}.app").build(getattr(import_module(module), kind)(database_url=NOWHERE))
    routes = [one for one in iter_route_contexts(app.routes) if isinstance(one.route, APIRoute)]
    assert len(routes) > 4  # more than the probes
    threaded = {
        f"{one.path}: {call.__name__}"
        for one in routes
        for call in _calls(one.dependant)
        if not _runs_in_the_loop(call)
    }
    assert threaded == set()

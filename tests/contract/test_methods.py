"""Methods that a path does not know: refused as such, never taken for something else, and the ones there are named."""

import re
from importlib import import_module

import httpx
import pytest
from fastapi import FastAPI

from tests.contract.openapi import NOWHERE, current
from tests.support.apps import SETTINGS
from tests.support.calls import refused

pytestmark = pytest.mark.anyio

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def built(service: str, **settings: str) -> FastAPI:
    module, kind = SETTINGS[service]
    configured = getattr(import_module(module), kind)(database_url=NOWHERE, **settings)
    app: FastAPI = import_module(f"{service}.app").build(configured)
    return app


def talking_to(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")


@pytest.mark.parametrize("service", SETTINGS)
async def test_a_method_that_a_path_does_not_know_is_405_with_those_it_knows(service: str) -> None:
    tried = 0
    async with talking_to(built(service)) as http:
        paths = current(service)["paths"]
        shapes = {path: re.sub(r"\{\w+\}", "{}", path) for path in paths}  # {id} or {userId}: the same address
        for path in paths:
            known = {method.upper() for like in paths if shapes[like] == shapes[path] for method in paths[like]}
            filled = path.replace("{token}", "t" * 20)
            for name in ("id", "userId", "orderId", "order_id", "code", "email", "name", "sizeCode", "session_id"):
                filled = filled.replace(f"{{{name}}}", "1")
            for method in set(METHODS) - known:
                answer = await http.request(method, filled)
                assert answer.status_code == 405, (method, path, answer.text)
                assert answer.json()["code"] == "http_405"
                assert answer.headers["allow"] == ", ".join(sorted(known)), (method, path)
                tried += 1
    assert tried > 20


async def test_a_word_of_a_path_is_not_taken_for_an_id() -> None:
    async with talking_to(built("backend")) as http:
        await refused(http.delete("/api/products/search"), 405, "http_405")
        await refused(http.delete("/api/products/nowhere/else"), 404, "no_route")


@pytest.mark.parametrize("service", SETTINGS)
def test_days_say_their_bounds(service: str) -> None:
    def days(part: object) -> list[dict[str, str]]:
        if isinstance(part, list):
            return [day for each in part for day in days(each)]
        if not isinstance(part, dict):
            return []
        found = [part] if part.get("format") == "date" else []
        return found + [day for each in part.values() for day in days(each)]

    operations = [each for item in current(service)["paths"].values() for each in item.values()]
    taken = days([each.get("parameters", []) for each in operations])
    assert taken
    for day in taken:
        assert (day["formatMinimum"], day["formatMaximum"]) == ("2000-01-01", "2999-12-31")


@pytest.mark.parametrize("service", SETTINGS)
async def test_the_docs_carry_their_own_files(service: str) -> None:
    async with talking_to(built(service)) as http:
        page = await http.get("/docs")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "http://" not in page.text
        assert "https://" not in page.text
        assert "<script>" not in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        for name, kind in (
            ("swagger-ui-bundle.js", "text/javascript"),
            ("start.js", "text/javascript"),
            ("swagger-ui.css", "text/css"),
            ("favicon.png", "image/png"),
        ):
            assert f'"/docs/{name}"' in page.text
            file = await http.get(f"/docs/{name}")
            assert (file.status_code, file.headers["content-type"].split(";")[0]) == (200, kind)
            assert file.content


async def test_in_production_there_are_no_docs() -> None:
    production = {"environment": "production", "service_secret": "a secret of our own", "trusted_proxy_hops": 1}
    async with talking_to(built("backend", **production)) as http:
        for path in ("/docs", "/docs/start.js", "/docs/swagger-ui-bundle.js"):
            await refused(http.get(path), 404, "no_route")

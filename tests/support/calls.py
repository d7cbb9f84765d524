"""Short words for calls of an API and what they must answer."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import psycopg
import pytest
import structlog

from tests.support.processes import ShopProcesses

PROBLEM_MEMBERS = {"type", "title", "status", "code", "detail", "requestId"}


async def ok(call: Awaitable[httpx.Response], status: int = 200) -> Any:
    """Return what a call answers; it must succeed with just this status."""
    answer = await call
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def refused(call: Awaitable[httpx.Response], status: int, code: str) -> dict[str, Any]:
    """Return the problem that a call answers; it must be refused with this status and code."""
    answer = await call
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    assert problem.keys() >= PROBLEM_MEMBERS
    assert problem["requestId"] == answer.headers["x-request-id"]
    return problem


async def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Wait until something is so that nothing announces."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"not so after {seconds} s: {what}"
        await asyncio.sleep(0.01)


def events(capsys: pytest.CaptureFixture[str], *names: str) -> list[dict[str, Any]]:
    """Return the events written since the last look, those called `names` or all."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in lines if "eventId" in line and (not names or line["name"] in names)]


@contextmanager
def complaints(processes: ShopProcesses) -> Iterator[None]:
    """Write what services warn of during the block to stdout, which pytest shows where the test failed."""
    seen = {name: len(processes.log(name)) for name in processes.running}
    yield
    for name in processes.running:
        for line in processes.log(name)[seen.get(name, 0) :].splitlines():
            if '"level":"info"' not in line and '"eventId"' not in line:
                sys.stdout.write(f"{name}: {line}\n")


@asynccontextmanager
async def statements(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Give a list that grows by each SQL statement that a request sends in this process, until the block ends."""
    seen: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def recorded(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        if "request_id" in structlog.contextvars.get_contextvars():  # background tasks have none
            seen.append(str(query))
        return await execute(cursor, query, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.AsyncCursor, "execute", recorded)
        yield seen

"""Server-sent events, read one by one."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

PATIENCE_S = 20


class Stream:
    """An open stream: its events, one by one."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> tuple[str, Any]:
        """Return the next event's name and data."""
        name = ""
        async with asyncio.timeout(PATIENCE_S):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    return name, json.loads(line.removeprefix("data: "))
        raise EOFError

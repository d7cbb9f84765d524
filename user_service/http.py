"""What the endpoints share."""

from fastapi import Depends, Response


async def _no_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


NO_STORE = Depends(_no_store)
"""Marks answers that carry tokens or personal data: no cache may keep them (RFC 6749, 5.1)."""

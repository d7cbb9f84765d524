"""What the endpoints share."""

from typing import Any

from fastapi import Depends, Response


async def _no_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


NO_STORE = Depends(_no_store)
"""Marks answers that carry tokens or personal data: no cache may keep them (RFC 6749, 5.1)."""

LOGIN_OPTIONAL: dict[str, Any] = {"security": [{}]}
"""For the OpenAPI document: besides an access token, none at all will do as well."""

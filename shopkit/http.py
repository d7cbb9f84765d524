"""What endpoints of every service share."""

from typing import Annotated

from fastapi import Depends, Response

from shopkit.db import Database, database

Db = Annotated[Database, Depends(database)]


def as_json(body: str, status: int = 200) -> Response:
    """Return JSON that PostgreSQL built as an answer that no cache may keep."""
    return Response(body.encode(), status, media_type="application/json", headers={"Cache-Control": "no-store"})

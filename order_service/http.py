"""What the endpoints share."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from shopkit.app import Service
from shopkit.db import Database, database

Db = Annotated[Database, Depends(database)]
OrderId = Annotated[UUID, Path(alias="id")]


async def _service(request: Request) -> Service:
    return request.app.state.service  # type: ignore[no-any-return]


ServiceDep = Annotated[Service, Depends(_service)]


def as_json(body: str, status: int = 200) -> Response:
    """Return JSON that PostgreSQL built as an answer that no cache may keep."""
    return Response(body.encode(), status, media_type="application/json", headers={"Cache-Control": "no-store"})

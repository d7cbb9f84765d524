"""What the endpoints share."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from shopkit.app import Service

OrderId = Annotated[UUID, Path(alias="id")]


async def _service(request: Request) -> Service:
    return request.app.state.service  # type: ignore[no-any-return]


ServiceDep = Annotated[Service, Depends(_service)]

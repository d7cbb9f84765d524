"""What the backend's endpoints share."""

from typing import Annotated

from fastapi import Path

RowId = Annotated[int, Path(alias="id", ge=1, le=2**31 - 1)]

"""Pages of lists: bounded, so that no list's time grows with the page asked for."""

from typing import Annotated

from fastapi import Query

from shopkit.contracts.base import MAX_OFFSET
from shopkit.errors import Invalid

MAX_LIMIT = 100

PageNumber = Annotated[int, Query(ge=1, le=MAX_OFFSET + 1, description="Counts from 1.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items a page.")]


def offset(page: int, limit: int) -> int:
    """Return how many items stand before a page.

    Raises:
        Invalid: `page_too_deep`, beyond `MAX_OFFSET`.
    """
    skipped = (page - 1) * limit
    if skipped > MAX_OFFSET:
        raise Invalid(f"page: lists go {MAX_OFFSET} items deep by page; continue with `after`", code="page_too_deep")
    return skipped


def pages(total: int, limit: int) -> int:
    """Return how many pages `total` items fill."""
    return -(-total // limit)

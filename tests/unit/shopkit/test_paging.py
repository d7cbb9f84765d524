"""Pages."""

import pytest

from shopkit.errors import Invalid
from shopkit.paging import offset, pages


@pytest.mark.parametrize(
    ("page", "limit", "skipped"), [(1, 24, 0), (2, 24, 24), (101, 100, 10_000), (10_001, 1, 10_000)]
)
def test_what_stands_before_a_page(page: int, limit: int, skipped: int) -> None:
    assert offset(page, limit) == skipped


@pytest.mark.parametrize(("page", "limit"), [(102, 100), (10_002, 1), (5_002, 2)])
def test_lists_are_not_bottomless(page: int, limit: int) -> None:
    with pytest.raises(Invalid) as refusal:
        offset(page, limit)
    assert (refusal.value.code, refusal.value.status) == ("page_too_deep", 422)


@pytest.mark.parametrize(("total", "limit", "count"), [(0, 24, 0), (1, 24, 1), (24, 24, 1), (25, 24, 2)])
def test_how_many_pages(total: int, limit: int, count: int) -> None:
    assert pages(total, limit) == count

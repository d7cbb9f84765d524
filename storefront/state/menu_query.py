"""What the menu shows, as its address says it: `/menu?category=mousse&sort=price&page=2`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from shopkit.contracts.base import MAX_ID
from shopkit.contracts.catalog import Occasion, ProductSort

MAX_QUERY = 100
MAX_PAGE = 10_000
_SORTS = frozenset(sort.value for sort in ProductSort)
_OCCASIONS = frozenset(one.value for one in Occasion)


@dataclass(frozen=True)
class MenuQuery:
    """The menu's filters. Prices in VND; zero is no limit. What is searched for stands best match first by default."""

    category: str = ""
    occasion: str = ""
    q: str = ""
    min: int = 0
    max: int = 0
    stock: bool = False
    sort: str = ProductSort.POPULAR.value
    page: int = 1

    @classmethod
    def parse(cls, params: Mapping[str, str]) -> "MenuQuery":
        """Read an address's parameters. What cannot be read counts as not there: an old link must not fail."""
        text = "".join(c for c in params.get("q", "") if c.isprintable()).strip()[:MAX_QUERY]
        sort = params.get("sort", "")
        category = params.get("category", "")
        occasion = params.get("occasion", "")
        return cls(
            category=category if category.replace("-", "").isalnum() and category.isascii() else "",
            occasion=occasion if occasion in _OCCASIONS else "",
            q=text,
            min=_number(params.get("min")),
            max=_number(params.get("max")),
            stock=params.get("stock") == "1",
            sort=sort if sort in _SORTS else ProductSort.POPULAR.value,
            page=max(1, min(_number(params.get("page")), MAX_PAGE)),
        )

    def but(self, **changes: Any) -> str:
        """Return the address's query after `changes`, "" for the whole menu. Any change goes back to page 1."""
        changed = replace(self, **{"page": 1, **changes})
        blank = asdict(MenuQuery())
        kept = {name: value for name, value in asdict(changed).items() if value != blank[name]}
        return "?" + urlencode({name: 1 if value is True else value for name, value in kept.items()}) if kept else ""

    def filters(self) -> dict[str, Any]:
        """Return the same as the API's parameters."""
        return {
            "category": self.category or None,
            "occasion": self.occasion or None,
            "q": self.q or None,
            "minPrice": self.min or None,
            "maxPrice": self.max or None,
            "inStock": "true" if self.stock else None,
            "sort": None if self.q and self.sort == ProductSort.POPULAR.value else self.sort,
            "page": self.page,
        }

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out of the menu."""
        return replace(self, sort=ProductSort.POPULAR.value, page=1) != MenuQuery()


def _number(text: str | None) -> int:
    digits = (text or "").strip().replace(".", "")
    return min(int(digits), MAX_ID) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else 0

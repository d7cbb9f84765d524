"""What the orders page shows, as its address says it: `/admin/orders?view=table&status=PENDING&since=2026-03-01`."""

from dataclasses import dataclass, replace
from typing import Any, Self

from shopkit.contracts.orders import Fulfilment, OrderSort, OrderStatus
from storefront.state.admin.base import Query, period

TABLE = "table"


@dataclass(frozen=True)
class OrderQuery(Query):
    """The filters of the orders. `since` and `until` are shop days, inclusive; `customer` is a person's id."""

    view: str = ""
    q: str = ""
    status: str = ""
    fulfilment: str = ""
    since: str = ""
    until: str = ""
    customer: int = 0
    sort: str = ""

    def checked(self) -> Self:
        """Return the same without what no order can have."""
        since, until = period(self.since, self.until)
        return replace(
            self,
            view=self.view if self.view == TABLE else "",
            status=self.status if self.status in set(OrderStatus) else "",
            fulfilment=self.fulfilment if self.fulfilment in set(Fulfilment) else "",
            since=since,
            until=until,
            sort=self.sort if self.sort == OrderSort.OLDEST else "",
        )

    @property
    def is_filtered(self) -> bool:
        """Whether any order is left out."""
        return replace(self, view="", sort="") != OrderQuery()

    def filters(self) -> dict[str, Any]:
        """Return the same as the API's parameters."""
        return {
            "q": self.q or None,
            "status": self.status or None,
            "fulfilment": self.fulfilment or None,
            "dateFrom": self.since or None,
            "dateTo": self.until or None,
            "userId": self.customer or None,
            "sort": self.sort or None,
        }

"""How much may be ordered: pieces in an order, orders and pieces in an hour, pieces that are not paid for yet.

Staff order for others, on the phone: what counts by person or address does not count for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from order_service.settings import OrderSettings
from shopkit.auth import Person
from shopkit.contracts.orders import OrderItemInput
from shopkit.errors import Invalid
from shopkit.limits import Attempt, Limit


@dataclass(frozen=True)
class OrderLimits:
    """The limits that the settings say; what is counted is pieces where the name says so, else orders or look-ups."""

    pieces_per_line: int
    pieces_per_order: int
    open_pieces: int
    person: Limit
    address: Limit
    pieces_of_address: Limit
    lookups_of_address: Limit
    lookups_of_number_at_address: Limit
    lookups_of_number: Limit

    @classmethod
    def of(cls, settings: OrderSettings) -> "OrderLimits":
        """Return the limits that `settings` say."""
        return cls(
            settings.pieces_per_line,
            settings.pieces_per_order,
            settings.open_pieces_per_person,
            Limit("orders_person", settings.orders_per_person, settings.orders_window_s),
            Limit("orders_address", settings.orders_per_address, settings.orders_window_s),
            Limit("pieces_address", settings.pieces_per_address, settings.orders_window_s),
            Limit("lookup_address", settings.lookups_per_address, settings.lookup_window_s),
            Limit("lookup_number_at_address", settings.lookups_per_number_at_address, settings.lookup_window_s),
            Limit("lookup_number", settings.lookups_per_number, settings.lookups_of_number_window_s),
        )

    def check_size(self, items: Sequence[OrderItemInput]) -> int:
        """Return how many pieces are ordered.

        Raises:
            Invalid: `too_many_pieces`, or `too_many_pieces_of_one` cake, with the `most` there may be.
        """
        of_cake: dict[tuple[int, str], int] = {}
        for item in items:
            key = item.product_id, item.size
            of_cake[key] = of_cake.get(key, 0) + item.quantity
        pieces = sum(of_cake.values())
        if pieces > self.pieces_per_order:
            raise _too_many("items: these are too many for one order", self.pieces_per_order, "too_many_pieces")
        if max(of_cake.values()) > self.pieces_per_line:
            raise _too_many("items: these are too many of one cake", self.pieces_per_line, "too_many_pieces_of_one")
        return pieces

    def open_pieces_of(self, person: Person) -> int | None:
        """Return how many pieces a person may have ordered and not received; None for any number."""
        return None if person.is_admin else self.open_pieces

    def attempts(self, person: Person, address: str, pieces: int) -> list[Attempt]:
        """Return what an order of so many pieces counts as."""
        if person.is_admin:
            return []
        return [
            Attempt(self.person, str(person.id)),
            Attempt(self.address, address),
            Attempt(self.pieces_of_address, address, pieces),
        ]


def too_many_open(most: int) -> Invalid:
    """Return the refusal of an order beyond `most` pieces that are still to be delivered."""
    return Invalid(
        "Too much is ordered and not delivered yet; please call the shop.", code="too_many_open_pieces", most=most
    )


def _too_many(detail: str, most: int, code: str) -> Invalid:
    return Invalid(detail, code=code, most=most)

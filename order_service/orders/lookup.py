"""Finding an order again by its number and phone, for whoever has lost its tracking link.

Nobody learns which numbers exist: an unknown number, an order without a phone and a wrong phone are answered alike,
after the same work, and counted alike: by address, by number and address, and, so that many addresses together are
slowed down too, by number alone, with so much room that hardly anybody can close an order to its owner.
"""

import hmac

from order_service.orders import queries, repository
from order_service.orders.limits import OrderLimits
from shopkit.contracts.orders import OrderLink, OrderLookup
from shopkit.db import Database
from shopkit.errors import NotFound
from shopkit.limits import Attempt, Limiter
from shopkit.text import phone_key


class Lookup:
    """Leads from an order's number and phone to its tracking link."""

    def __init__(self, database: Database, limits: OrderLimits) -> None:
        self._database = database
        self._limits = limits
        self._limiter = Limiter(database)

    async def find(self, wanted: OrderLookup, address: str) -> OrderLink:
        """Return the link of the order that `address` looks for.

        Raises:
            NotFound: there is no order with this number and phone.
            RateLimited: too many look-ups came from this address, or were about this number.
        """
        number = repository.number_of(wanted.number) or 0  # no order's
        told = str(number or wanted.number)
        attempts = [
            Attempt(self._limits.lookups_of_address, address),
            Attempt(self._limits.lookups_of_number_at_address, f"{told} {address}"),
            Attempt(self._limits.lookups_of_number, told),
        ]
        await self._limiter.attempt_all(attempts)
        async with self._database.pool.connection() as connection:
            row = await (await connection.execute(queries.LOOK_UP, {"number": number})).fetchone()
        assert row is not None  # an aggregate
        phone, token, full_number = row
        same = hmac.compare_digest(phone_key(phone).encode(), phone_key(wanted.phone).encode())
        if not (same and token):
            raise NotFound("There is no order with this number and phone.")
        await self._limiter.take_back_all(attempts)  # only guesses count
        return OrderLink(number=full_number, tracking_token=token)

"""The shop's terms, as pages tell them: hours, cut-off, fees and area. The order service decides about them."""

import asyncio
import time
from contextlib import suppress

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.orders import USUAL_TERMS, DeliveryTerms
from storefront.clients.orders import OrderClient

FRESH_S = 60.0
"""How long what the order service said is taken for true. Checkout asks anew."""

WAIT_S = 1.0
"""How long a page waits for them before it does what else it has to do."""


class ShopTerms:
    """The terms as this process knows them: the usual ones until the order service has told."""

    def __init__(self, orders: OrderClient) -> None:
        self._orders = orders
        self._asked_at = float("-inf")
        self.known: DeliveryTerms = USUAL_TERMS

    async def learn(self) -> DeliveryTerms:
        """Return the terms, asking for them when they may be old. What was known stays while nobody answers."""
        now = time.monotonic()
        if now - self._asked_at > FRESH_S:
            self._asked_at = now  # a service that is away is not asked by every page
            with suppress(ServiceProblem, ServiceUnavailable, TimeoutError):
                async with asyncio.timeout(WAIT_S):
                    self.known = await self._orders.delivery_terms()
        return self.known

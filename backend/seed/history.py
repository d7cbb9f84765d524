"""Demo data for the reports: visits of the last days, made up but plausible, and marked so that they can be removed.

What is made up is events alone: there are no orders and no people behind them. Their service is "demo", and their
people have ids that nobody else gets.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from analytics.events import (
    AddToCart,
    CheckoutStarted,
    Event,
    OrderCompleted,
    OrderedProduct,
    Payload,
    ProductSearch,
    ProductUnavailable,
    ProductViewed,
    VisitStarted,
    event,
)
from analytics.ingest import MAX_BATCH
from analytics.store import EventStore
from shopkit.clock import SHOP_ZONE

SERVICE = "demo"
FIRST_PERSON = 9_000_000_000
SEED = 20_260_301
VISITS_A_DAY = 60
SOURCES = (None, None, None, "www.google.com", "www.google.com", "www.facebook.com", "zalo.me", "www.tiktok.com")
FOUND = ("mousse", "tiramisu", "bánh kem", "kem dâu", "bánh mì", "sinh nhật")
NOT_FOUND = ("bánh chưng", "pizza", "không đường", "bánh flan", "macaron")
HOURS = (0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 6, 5, 6, 7, 8, 10, 12, 11, 8, 4, 1)
"""How busy each hour of the shop's day is."""


@dataclass(frozen=True)
class Cake:
    """A size of a product on sale; `price` in VND."""

    product_id: int
    name: str
    category: str
    size: str
    price: int


CAKES = """
select p.id, p.name, c.slug, s.code, s.price from product p join category c on c.id = p.category_id
join size s on s.product_id = p.id where p.archived_at is null order by p.popularity desc, p.id, s.position limit 120
"""


async def make(store: EventStore, cakes: Sequence[Cake], now: datetime, days: int) -> int:
    """Store made-up events of the last `days` days in place of those made before; return how many. 0 days: none."""
    await store.forget_service(SERVICE)
    events = _Visits(cakes, now).of_days(days)
    stored = 0
    while batch := list(islice(events, MAX_BATCH)):
        stored += (await store.add(batch)).stored
    return stored


class _Visits:
    def __init__(self, cakes: Sequence[Cake], now: datetime) -> None:
        self._chance = random.Random(SEED)  # noqa: S311 - no secret
        self._cakes = cakes
        self._weights = [1 / (place + 3) for place in range(len(cakes))]
        self._now = now
        self._people: list[int] = []

    def of_days(self, days: int) -> Iterator[Event]:
        """Yield the events of the days, each as far as it has come."""
        today = self._now.astimezone(SHOP_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        for back in range(days - 1, -1, -1):
            day = today - timedelta(days=back)
            self._chance.seed(f"{SEED} {day:%Y-%m-%d}")  # a day is the same whenever it is made
            growth = 1 + 0.4 * (days - back) / days
            weekend = 1.5 if day.weekday() >= 5 else 1.0
            for _ in range(round(VISITS_A_DAY * growth * weekend * self._chance.uniform(0.85, 1.15))):
                hour = self._chance.choices(range(24), HOURS)[0]
                at = day + timedelta(hours=hour, seconds=self._chance.uniform(0, 3_600))
                yield from (made for made in self._visit(at) if made.occurred_at <= self._now)

    def _visit(self, at: datetime) -> Iterator[Event]:
        chance = self._chance
        session = f"demo-{chance.getrandbits(48):012x}"
        user_id: int | None = None
        if self._people and chance.random() < 0.25:
            user_id = chance.choice(self._people[-400:])

        def tell(payload: Payload) -> Event:
            nonlocal at
            at += timedelta(seconds=chance.uniform(4, 90))
            event_id = UUID(int=chance.getrandbits(128), version=4)
            return event(
                payload, service=SERVICE, user_id=user_id, session_id=session, event_id=event_id, occurred_at=at
            )

        yield tell(VisitStarted(landing_path="/", referrer_host=chance.choice(SOURCES)))
        if chance.random() < 0.3:
            text = chance.choice(FOUND if chance.random() < 0.8 else NOT_FOUND)
            yield tell(ProductSearch(search_query=text, results_count=chance.randint(2, 9) if text in FOUND else 0))
        wanted: list[Cake] = []
        for _ in range(min(8, 1 + int(-math.log(1 - chance.random()) * 2))):
            cake = chance.choices(self._cakes, self._weights)[0]
            yield tell(
                ProductViewed(
                    product_id=cake.product_id, product_name=cake.name, price=cake.price, category=cake.category
                )
            )
            if chance.random() < 0.03:
                yield tell(
                    ProductUnavailable(
                        product_id=cake.product_id, product_name=cake.name, size=cake.size, requested=1, available=0
                    )
                )
            elif chance.random() < 0.22:
                if user_id is None:
                    user_id = FIRST_PERSON + chance.randrange(2**31)
                wanted.append(cake)
                yield tell(
                    AddToCart(
                        product_id=cake.product_id, product_name=cake.name, quantity=1, size=cake.size, price=cake.price
                    )
                )
        if not wanted or chance.random() > 0.65:
            return
        total = sum(cake.price for cake in wanted)
        yield tell(CheckoutStarted(cart_total=total, item_count=len(wanted)))
        if chance.random() > 0.75 or user_id is None:
            return
        lines = [
            OrderedProduct(
                product_id=cake.product_id,
                product_name=cake.name,
                category=cake.category,
                size=cake.size,
                quantity=1,
                price=cake.price,
            )
            for cake in wanted
        ]
        order_id = UUID(int=chance.getrandbits(128), version=4)
        yield tell(OrderCompleted(order_id=order_id, products=lines, total_amount=total, user_id=user_id))
        self._people.append(user_id)

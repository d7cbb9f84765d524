"""Random customers on their way through the shop, and what the reports must say of them, counted in plain Python."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
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
from shopkit.clock import shop_day

Rows = list[tuple[Any, ...]]
PRODUCTS = [
    (number, f"Bánh {name}", category)
    for number, (name, category) in enumerate(
        [("Xoài", "mousse"), ("Đậu Đỏ", "mousse"), ("Tiramisu", "tiramisu"), ("Kem Dâu", "kem"), ("Ổi", "banh-mi")], 1
    )
]
QUERIES = ["kem", "Bánh Kem ", "ĐẬU ĐỎ", "pizza", "tiramisu", " kem"]


class Journeys:
    """Makes events of visits between two moments; the same ones for the same seed."""

    def __init__(self, seed: int, begin: datetime, days: int, users: int) -> None:
        self._chance = random.Random(seed)
        self._begin, self._days, self._users = begin, days, users

    def visit(self) -> list[Event]:
        """Return one visit's events. Some come in an order that a funnel must not count."""
        chance = self._chance
        at = self._begin + timedelta(microseconds=chance.randrange(int(self._days * 86_400e6)))
        user_id = chance.choice([None, *range(1, self._users)]) if chance.random() < 0.8 else None
        session = f"v{chance.getrandbits(40):x}"
        made = [self._event(VisitStarted(landing_path="/"), at, None, session)]
        for _ in range(chance.randint(1, 7)):
            # Steps at the very same moment happen: events of one request.
            at += timedelta(microseconds=chance.choice([0, 1, 1_000_000, chance.randrange(10**9)]))
            payload = self._payload(user_id)
            if isinstance(payload, OrderCompleted) and user_id is None:
                continue
            made.append(self._event(payload, at, user_id, session if chance.random() < 0.97 else None))
        return made

    def _event(self, payload: Payload, at: datetime, user_id: int | None, session: str | None) -> Event:
        event_id = UUID(int=self._chance.getrandbits(128), version=4)
        return event(payload, service="test", user_id=user_id, session_id=session, event_id=event_id, occurred_at=at)

    def _payload(self, user_id: int | None) -> Payload:
        chance = self._chance
        number, name, category = chance.choice(PRODUCTS)
        kind = chance.random()
        if kind < 0.35:
            return ProductViewed(product_id=number, product_name=name, price=100_000 * number, category=category)
        if kind < 0.5:
            return ProductSearch(search_query=chance.choice(QUERIES), results_count=chance.choice([0, 3]))
        if kind < 0.7:
            pieces = chance.randint(1, 3)
            return AddToCart(product_id=number, product_name=name, quantity=pieces, size="M", price=100_000 * number)
        if kind < 0.8:
            return CheckoutStarted(cart_total=100_000, item_count=1)
        if kind < 0.85:
            return ProductUnavailable(product_id=number, size="M", requested=chance.randint(2, 5), available=1)
        lines = [
            OrderedProduct(
                product_id=number,
                product_name=name,
                category=category,
                size=size,
                quantity=chance.randint(1, 3),
                price=100_000 * number,
            )
            for (number, name, category), size in zip(
                chance.choices(PRODUCTS, k=chance.randint(1, 3)), ("S", "M", "L"), strict=False
            )
        ]
        total = sum(line.quantity * line.price for line in lines)
        order_id = UUID(int=chance.getrandbits(128), version=4)
        return OrderCompleted(order_id=order_id, products=lines, total_amount=total, user_id=user_id or 0)


def day_of(made: Event) -> date:
    """Return an event's shop day."""
    return shop_day(made.occurred_at)


def counted(events: Iterable[Event], since: date, until: date) -> dict[str, Rows]:
    """Return what each report must say of a period, by its name."""
    known = sorted(events, key=lambda each: (each.occurred_at, str(each.event_id)))
    within = [each for each in known if since <= day_of(each) <= until]
    orders = [each for each in known if each.name == "Order Completed" and day_of(each) <= until]

    def named(name: str) -> list[Event]:
        return [each for each in within if each.name == name]

    lines = [(each, line) for each in named("Order Completed") for line in each.payload["products"]]
    return {
        "product_views_by_user": sorted(
            (
                (
                    user,
                    len(seen),
                    len({e.payload["productId"] for e in seen}),
                    max(map(day_of, seen)),
                )
                for user, seen in grouped(named("Product Viewed"), lambda e: e.user_id).items()
                if user is not None
            ),
            key=lambda row: (-row[1], row[0]),
        ),
        "cart_additions": sorted(
            (
                (
                    product,
                    max(e.payload["productName"] for e in seen),
                    len(seen),
                    sum(e.payload["quantity"] for e in seen),
                    sum(e.payload["quantity"] * e.payload["price"] for e in seen),
                    len({e.session_id for e in seen} - {None}),
                )
                for product, seen in grouped(named("Add to Cart"), lambda e: e.payload["productId"]).items()
            ),
            key=lambda row: (-row[2], row[0]),
        ),
        "purchases": _purchases(orders, since),
        "customer_frequency": _frequency([each for each in orders if day_of(each) >= since]),
        "best_sellers": sorted(
            (
                (
                    product,
                    max(line["productName"] for _, line in sold),
                    sum(line["quantity"] for _, line in sold),
                    sum(line["quantity"] * line["price"] for _, line in sold),
                    len({e.payload["orderId"] for e, _ in sold}),
                )
                for product, sold in grouped(lines, lambda pair: pair[1]["productId"]).items()
            ),
            key=lambda row: (-row[2], -row[3], row[0]),
        ),
        "category_performance": _categories(named("Product Viewed"), lines),
        "conversion_funnel": [
            *_funnel("visit", within, lambda e: e.session_id),
            *_funnel("customer", within, lambda e: e.user_id),
        ],
        "cohort_retention": _cohorts(orders, since),
        "searches": _searches(within),
        "demand_missed": sorted(
            (
                (
                    day,
                    product,
                    max((e.payload.get("productName") for e in seen), key=lambda n: n or ""),
                    len(seen),
                    sum(e.payload["requested"] - e.payload["available"] for e in seen),
                )
                for (day, product), seen in grouped(
                    named("Product Unavailable"), lambda e: (day_of(e), e.payload["productId"])
                ).items()
            ),
            key=lambda row: (-row[0].toordinal(), -row[3], row[1]),
        ),
        "customers": _customers(orders, since, until),
    }


def grouped(things: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Return things by a key."""
    groups: dict[Any, list[Any]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return groups


def _purchases(orders: Sequence[Event], since: date) -> Rows:
    seen: set[int | None] = set()
    days: dict[date, list[tuple[Event, bool]]] = defaultdict(list)
    for each in orders:
        days[day_of(each)].append((each, each.user_id in seen))
        seen.add(each.user_id)
    return [
        (
            day,
            len(found),
            sum(e.payload["totalAmount"] for e, _ in found),
            len({e.user_id for e, _ in found}),
            sum(again for _, again in found),
        )
        for day, found in sorted(days.items())
        if day >= since
    ]


def _frequency(orders: Sequence[Event]) -> Rows:
    people = [
        (len(own), sum(e.payload["totalAmount"] for e in own)) for own in grouped(orders, lambda e: e.user_id).values()
    ]
    return [
        (times, len(same), sum(spent for _, spent in same))
        for times, same in sorted(grouped(people, lambda p: p[0]).items())
    ]


def _categories(views: Sequence[Event], lines: Sequence[tuple[Event, Any]]) -> Rows:
    seen = grouped(views, lambda e: e.payload["category"])
    sold = grouped(lines, lambda pair: pair[1]["category"])
    return sorted(
        (
            (
                category,
                len(seen.get(category, [])),
                len({e.payload["orderId"] for e, _ in sold.get(category, [])}),
                sum(line["quantity"] for _, line in sold.get(category, [])),
                sum(line["quantity"] * line["price"] for _, line in sold.get(category, [])),
            )
            for category in seen.keys() | sold.keys()
        ),
        key=lambda row: (-row[4], row[0]),
    )


STEPS = (
    ("view", "Product Viewed"),
    ("cart", "Add to Cart"),
    ("checkout", "Checkout Started"),
    ("order", "Order Completed"),
)


def _funnel(unit: str, within: Sequence[Event], whose: Callable[[Event], Any]) -> Rows:
    reached = [0] * len(STEPS)
    for who, own in grouped(within, whose).items():
        if who is None:
            continue
        at = datetime.min.replace(tzinfo=UTC)
        for number, (_, name) in enumerate(STEPS):
            times = [e.occurred_at for e in own if e.name == name and e.occurred_at >= at]
            if not times:
                break
            at = min(times)
            reached[number] += 1
    return [
        (unit, number, step, count) for number, ((step, _), count) in enumerate(zip(STEPS, reached, strict=True), 1)
    ]


def _cohorts(orders: Sequence[Event], since: date) -> Rows:
    months = {
        user: min(day_of(e).replace(day=1) for e in own) for user, own in grouped(orders, lambda e: e.user_id).items()
    }

    def place(made: Event) -> tuple[date, int]:
        first, month = months[made.user_id], day_of(made)
        return first, (month.year - first.year) * 12 + month.month - first.month

    return [
        (first, later, len({e.user_id for e in own}), len(own), sum(e.payload["totalAmount"] for e in own))
        for (first, later), own in sorted(grouped(orders, place).items())
        if first >= since.replace(day=1)
    ]


def _searches(within: Sequence[Event]) -> Rows:
    last: dict[str | None, datetime] = {}
    for each in within:
        if each.name == "Add to Cart" and each.session_id is not None:
            last[each.session_id] = each.occurred_at  # they come in the order of time
    rows = [
        (
            query,
            len(own),
            sum(e.payload["resultsCount"] == 0 for e in own),
            sum(e.session_id in last and last[e.session_id] >= e.occurred_at for e in own),
        )
        for query, own in grouped(
            (e for e in within if e.name == "Product Search"), lambda e: e.payload["searchQuery"].strip(" ").lower()
        ).items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _customers(orders: Sequence[Event], since: date, until: date) -> Rows:
    rows = []
    for user, own in grouped(orders, lambda e: e.user_id).items():
        first, last = min(map(day_of, own)), max(map(day_of, own))
        rest = (until - last).days
        segment = "lost" if rest > 120 else "at_risk" if rest > 60 else "new" if len(own) == 1 else "returning"
        if last >= since:
            rows.append((user, segment, len(own), sum(e.payload["totalAmount"] for e in own), first, last))
    return sorted(rows, key=lambda row: (-row[3], row[0]))

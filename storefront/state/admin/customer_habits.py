"""How somebody orders: how often, since when, and what they like."""

from dataclasses import dataclass, field
from datetime import date

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.clock import SystemClock, shop_day
from shopkit.contracts.base import FIRST_DAY
from storefront.clients import wiring
from storefront.dates import format_count, format_day
from storefront.i18n import Lang, href, t
from storefront.state.admin.analytics_view import records

FAVOURITES = 5


@dataclass
class Favourite:
    """A cake that somebody ordered often."""

    name: str
    path: str
    pieces: str


@dataclass
class Habits:
    """Texts ready to show; `segment` is "" for somebody who never ordered, as far as events are kept."""

    segment: str = ""
    frequency: str = ""
    first: str = ""
    last: str = ""
    favourites: list[Favourite] = field(default_factory=list)


async def habits_of(sid: str, user_id: int, lang: Lang) -> Habits:
    """Return how a person orders; nothing of one who never did, or while the reports cannot be read.

    Raises SessionEnded.
    """
    reports, tokens, today = wiring.reports(), wiring.tokens(), shop_day(SystemClock().now())
    try:
        found = await tokens.call(
            sid, lambda token: reports.report("customers", FIRST_DAY, today, token, user_id=user_id)
        )
        cakes = await tokens.call(
            sid,
            lambda token: reports.report("best_sellers", FIRST_DAY, today, token, user_id=user_id, limit=FAVOURITES),
        )
    except (ServiceProblem, ServiceUnavailable):
        return Habits()
    people = records(found)
    if not people:
        return Habits()
    [person] = people
    first, last = date.fromisoformat(person["first_day"]), date.fromisoformat(person["last_day"])
    return Habits(
        segment=person["segment"],
        frequency=_frequency(person["orders"], (last - first).days, lang),
        first=format_day(first, lang),
        last=format_day(last, lang),
        favourites=[
            Favourite(
                name=row["product_name"],
                path=href(lang, f"/admin/products/{row['product_id']}"),
                pieces=t(lang, "admin_analytics.pieces", count=format_count(row["pieces"], lang)),
            )
            for row in records(cakes)
        ],
    )


def _frequency(orders: int, days: int, lang: Lang) -> str:
    if orders < 2:
        return t(lang, "admin_customers.once")
    between = round(days / (orders - 1))
    if between < 1:
        return t(lang, "admin_customers.every_day", orders=format_count(orders, lang))
    return t(lang, "admin_customers.every", orders=format_count(orders, lang), days=format_count(between, lang))

"""A shop day beside the same weekday of the week before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from order_service.figures import queries
from shopkit.clock import day_bounds
from shopkit.contracts.orders import BestSeller, DayFigures, HourFigures, OrderStats, OrderStatus

DAYS = 14
BEST = 10
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
WAITING = (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED)


@dataclass(frozen=True)
class Hour:
    """What one hour of a shop day came to; `compared` as in `queries.HOURS`."""

    day: date
    hour: int
    compared: bool
    orders: int
    revenue: int


async def stats(connection: AsyncConnection[TupleRow], day: date, now: datetime) -> OrderStats:
    """Return a shop day's figures as they are at `now`."""
    begin, end = day_bounds(day)
    until = min(end, max(begin, now))
    week_begin = day_bounds(day - WEEK)[0]
    week_until = week_begin + (until - begin)
    values = {
        "first": day_bounds(day - timedelta(days=DAYS - 1))[0],
        "begin": begin,
        "until": until,
        "week_begin": week_begin,
        "week_until": week_until,
        "best": BEST,
    }
    hours = [Hour(*row) for row in await (await connection.execute(queries.HOURS, values)).fetchall()]
    waiting: dict[str, int] = dict(await (await connection.execute(queries.WAITING)).fetchall())
    best = await (await connection.execute(queries.BEST_SELLERS, values)).fetchall()
    days = [day - timedelta(days=before) for before in range(DAYS - 1, -1, -1)]
    return OrderStats(
        today=_compared(day, until, hours),
        week_before=_compared(day - WEEK, week_until, hours),
        waiting={status: waiting.get(status, 0) for status in WAITING},
        best_sellers=[
            BestSeller(product_id=p, slug=slug, name=name, name_en=en, image=image, quantity=quantity, revenue=revenue)
            for p, slug, name, en, image, quantity, revenue in best
        ],
        days=[_figures(one, min(day_bounds(one)[1], until), (h for h in hours if h.day == one)) for one in days],
    )


def _compared(day: date, until: datetime, hours: list[Hour]) -> DayFigures:
    """Return a day's figures with its hours, those without an order among them, as far as the day has come."""
    counted = {hour.hour: hour for hour in hours if hour.day == day and hour.compared}
    begun = -(-(until - day_bounds(day)[0]) // HOUR)
    figures = _figures(day, until, counted.values())
    for number in range(begun):
        hour = counted.get(number)
        figures.hours.append(
            HourFigures(hour=number, orders=hour.orders if hour else 0, revenue=hour.revenue if hour else 0)
        )
    return figures


def _figures(day: date, until: datetime, hours: Iterable[Hour]) -> DayFigures:
    orders = revenue = 0
    for hour in hours:
        orders += hour.orders
        revenue += hour.revenue
    average = round(revenue / orders) if orders else 0
    return DayFigures(day=day, until=until, orders=orders, revenue=revenue, average_basket=average, hours=[])

"""A day's figures made ready to show: texts in a language, amounts as strings, rows of charts."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shopkit.contracts.catalog import LowStockList
from shopkit.contracts.orders import DayFigures, OrderStats
from shopkit.money import format_vnd
from storefront.dates import format_count, format_day, format_time
from storefront.i18n import Lang, href, t
from storefront.state.catalog import PLACEHOLDER


@dataclass
class Figure:
    """A figure of today. `change` is how it stands to the week before, in words; `tone` is up, down or same."""

    title: str
    value: str
    change: str
    tone: str
    before: str


@dataclass
class Waiting:
    """How many orders are in a status."""

    status: str
    count: int
    path: str


@dataclass
class Seller:
    """A product by what was sold of it today. `share` is its part of the best one's, in percent."""

    name: str
    image: str
    path: str
    quantity: str
    revenue: str
    share: str


@dataclass
class LowSize:
    """A size that runs low."""

    key: str
    name: str
    size: str
    image: str
    path: str
    stock: int


@dataclass
class Overview:
    """The first page. A row of a chart has `label`, `name` (the label in full), the amounts, and each as `…_text`."""

    lead: str = ""
    today_name: str = ""
    before_name: str = ""
    figures: list[Figure] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    sellers: list[Seller] = field(default_factory=list)
    hours: list[dict[str, Any]] = field(default_factory=list)
    hours_summary: str = ""
    days: list[dict[str, Any]] = field(default_factory=list)
    days_summary: str = ""


@dataclass
class LowStock:
    """What runs low: the emptiest sizes, and how many more there are."""

    sizes: list[LowSize] = field(default_factory=list)
    more: int = 0


def show_overview(stats: OrderStats, lang: Lang) -> Overview:
    """Return a day's figures ready to show."""
    now, then = stats.today, stats.week_before
    at = format_time(now.until)
    return Overview(
        lead=t(lang, "admin_overview.lead", day=format_day(now.day, lang), at=at),
        today_name=_short(now.day),
        before_name=_short(then.day),
        figures=[
            _figure("revenue", now.revenue, then.revenue, lang, money=True),
            _figure("orders", now.orders, then.orders, lang),
            _figure("basket", now.average_basket, then.average_basket, lang, money=True),
        ],
        waiting=[
            Waiting(status, count, href(lang, f"/admin/orders?view=table&status={status}"))
            for status, count in stats.waiting.items()
        ],
        sellers=_sellers(stats, lang),
        hours=_hours(now, then),
        hours_summary=t(
            lang,
            "admin_overview.hours_summary",
            at=at,
            today=format_vnd(now.revenue),
            before=format_vnd(then.revenue),
        ),
        days=[_day(figures, lang) for figures in stats.days],
        days_summary=_days_summary(stats.days, lang),
    )


def show_low_stock(low: LowStockList, lang: Lang) -> LowStock:
    """Return what runs low ready to show."""
    sizes = [
        LowSize(
            key=f"{line.product_id}-{line.size}",
            name=line.name_en if lang == "en" and line.name_en else line.name,
            size=line.size,
            image=line.image or PLACEHOLDER,
            path=href(lang, f"/admin/products/{line.product_id}"),
            stock=line.stock,
        )
        for line in low.items
    ]
    return LowStock(sizes, low.total - len(sizes))


def _figure(name: str, now: int, then: int, lang: Lang, *, money: bool = False) -> Figure:
    def written(amount: int) -> str:
        return format_vnd(amount) if money else format_count(amount, lang)

    change, tone = _change(now, then, lang)
    return Figure(
        title=t(lang, f"admin_overview.{name}"),
        value=written(now),
        change=change,
        tone=tone,
        before=t(lang, "admin_overview.week_before", value=written(then)),
    )


def _change(now: int, then: int, lang: Lang) -> tuple[str, str]:
    if now == then:
        return t(lang, "admin_overview.same"), "same"
    if then == 0:
        return t(lang, "admin_overview.from_nothing"), "same"
    percent = round(100 * (now - then) / then)
    if percent == 0:
        return t(lang, "admin_overview.about_same"), "same"
    key, tone = ("admin_overview.more", "up") if percent > 0 else ("admin_overview.less", "down")
    return t(lang, key, percent=format_count(abs(percent), lang)), tone


def _sellers(stats: OrderStats, lang: Lang) -> list[Seller]:
    most = max((best.quantity for best in stats.best_sellers), default=1)
    return [
        Seller(
            name=best.name_en if lang == "en" and best.name_en else best.name,
            image=best.image or PLACEHOLDER,
            path=href(lang, f"/admin/products/{best.product_id}"),
            quantity=format_count(best.quantity, lang),
            revenue=format_vnd(best.revenue),
            share=f"{round(100 * best.quantity / most)}%",
        )
        for best in stats.best_sellers[:6]
    ]


def _hours(now: DayFigures, then: DayFigures) -> list[dict[str, Any]]:
    before = {hour.hour: hour.revenue for hour in then.hours}
    return [
        {
            "label": f"{hour.hour}",
            "name": f"{hour.hour:02}:00",
            "today": hour.revenue,
            "today_text": format_vnd(hour.revenue),
            "before": before.get(hour.hour, 0),
            "before_text": format_vnd(before.get(hour.hour, 0)),
        }
        for hour in now.hours
    ]


def _day(figures: DayFigures, lang: Lang) -> dict[str, Any]:
    return {
        "label": _short(figures.day),
        "name": format_day(figures.day, lang),
        "revenue": figures.revenue,
        "revenue_text": format_vnd(figures.revenue),
        "orders_text": format_count(figures.orders, lang),
    }


def _days_summary(days: list[DayFigures], lang: Lang) -> str:
    best = max(days, key=lambda figures: figures.revenue)
    total = format_vnd(sum(figures.revenue for figures in days))
    if not best.revenue:
        return t(lang, "admin_overview.days_nothing")
    return t(
        lang, "admin_overview.days_summary", total=total, best=format_day(best.day, lang), most=format_vnd(best.revenue)
    )


def _short(day: date) -> str:
    return f"{day.day}/{day.month}"

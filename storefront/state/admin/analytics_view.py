"""Reports made ready to show: texts in a language, amounts as strings, rows of charts and tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from shopkit.contracts.reports import Report
from shopkit.money import format_vnd
from storefront.dates import format_count, format_day
from storefront.i18n import Lang, href, t

SHOWN = 8
STEPS = ("view", "cart", "checkout", "order")


@dataclass(frozen=True)
class Names:
    """What reports know by id or slug alone, by names: people, and categories in the page's language."""

    people: Mapping[int, str]
    categories: Mapping[str, str]


@dataclass
class Figure:
    """A figure of the period. `tone` is up, down or same, against the period before."""

    key: str
    title: str
    value: str
    change: str
    tone: str
    before: str
    explained: str
    path: str


@dataclass
class Step:
    """A step of the funnel. `share` is its part of the first step, as a width; `drop` what was lost on the way here."""

    key: str
    title: str
    reached: str
    share: str
    percent: str
    drop: str


@dataclass
class Row:
    """A line of a list: `value` beside its name, `note` below; `share` is its part of the greatest, as a width."""

    key: str
    name: str
    path: str
    value: str
    note: str
    share: str


@dataclass
class Cell:
    """A cell of the cohorts' table; `level` is its share in percent."""

    text: str
    level: int
    title: str


@dataclass
class Cohort:
    """The customers whose first order was in a month."""

    month: str
    size: str
    cells: list[Cell]


@dataclass
class Analytics:
    """The page."""

    lead: str = ""
    is_empty: bool = True
    figures: list[Figure] = field(default_factory=list)
    funnel: list[Step] = field(default_factory=list)
    days: list[dict[str, Any]] = field(default_factory=list)
    days_summary: str = ""
    sellers: list[Row] = field(default_factory=list)
    categories: list[Row] = field(default_factory=list)
    cohorts: list[Cohort] = field(default_factory=list)
    cohort_months: list[str] = field(default_factory=list)
    searches: list[Row] = field(default_factory=list)
    missed: list[Row] = field(default_factory=list)
    returned: list[Row] = field(default_factory=list)
    segment: list[Row] = field(default_factory=list)
    since: str = ""
    until: str = ""


def records(report: Report) -> list[dict[str, Any]]:
    """Return a report's rows by the names of its columns."""
    names = [column.name for column in report.columns]
    return [dict(zip(names, row, strict=True)) for row in report.rows]


def show_analytics(
    now: Mapping[str, Report],
    then: Mapping[str, Report],
    unit: str,
    names: Names,
    lang: Lang,
) -> Analytics:
    """Return the page, from a period's reports and those of the period before."""
    purchases = records(now["purchases"])
    since, until = now["purchases"].since, now["purchases"].until
    reached = _reached(now["conversion_funnel"], unit)
    return Analytics(
        lead=t(lang, "admin_analytics.lead", since=format_day(since, lang), until=format_day(until, lang)),
        is_empty=not purchases and not any(reached.values()),
        figures=_figures(now, then, lang),
        funnel=_funnel(reached, lang),
        days=_days(purchases, since, until, lang),
        days_summary=_days_summary(purchases, lang),
        sellers=_ranked(
            records(now["best_sellers"]),
            lambda row: Row(
                key=str(row["product_id"]),
                name=str(row["product_name"]),
                path=href(lang, f"/admin/products/{row['product_id']}"),
                value=t(lang, "admin_analytics.pieces", count=format_count(row["pieces"], lang)),
                note=format_vnd(row["revenue"]),
                share="",
            ),
            "pieces",
        ),
        categories=_ranked(
            records(now["category_performance"]),
            lambda row: Row(
                key=str(row["category"]),
                name=names.categories.get(row["category"], row["category"]),
                path=href(lang, f"/admin/products?category={row['category']}"),
                value=format_vnd(row["revenue"]),
                note=t(
                    lang,
                    "admin_analytics.category_note",
                    views=format_count(row["views"], lang),
                    pieces=format_count(row["pieces"], lang),
                ),
                share="",
            ),
            "revenue",
        ),
        cohorts=_cohorts(records(now["cohort_retention"]), lang),
        cohort_months=[str(number) for number in range(_longest(records(now["cohort_retention"])) + 1)],
        searches=[
            Row(
                key=str(row["query"]),
                name=str(row["query"]),
                path=href(lang, f"/menu?q={row['query']}"),
                value=t(lang, "admin_analytics.times", count=format_count(row["found_nothing"], lang)),
                note="",
                share="",
            )
            for row in sorted(records(now["searches"]), key=lambda row: (-row["found_nothing"], row["query"]))
            if row["found_nothing"]
        ][:SHOWN],
        missed=_missed(records(now["demand_missed"]), lang),
        returned=[_person(row, names, lang) for row in records(now["customers"]) if row["orders"] > 1][:SHOWN],
        segment=[_person(row, names, lang) for row in records(now["segment"])][:SHOWN],
        since=since.isoformat(),
        until=until.isoformat(),
    )


def _person(row: dict[str, Any], names: Names, lang: Lang) -> Row:
    last = format_day(date.fromisoformat(row["last_day"]), lang)
    return Row(
        key=str(row["user_id"]),
        name=names.people.get(row["user_id"]) or t(lang, "admin_analytics.person", number=row["user_id"]),
        path=href(lang, f"/admin/customers/{row['user_id']}"),
        value=t(lang, "admin_analytics.orders_count", count=format_count(row["orders"], lang)),
        note=t(lang, "admin_analytics.person_note", revenue=format_vnd(row["revenue"]), last=last),
        share="",
    )


def _reached(funnel: Report, unit: str) -> dict[str, int]:
    return {row["name"]: row["reached"] for row in records(funnel) if row["unit"] == unit}


def _funnel(reached: Mapping[str, int], lang: Lang) -> list[Step]:
    first = reached.get("view", 0)
    steps = []
    last = first
    for name in STEPS:
        count = reached.get(name, 0)
        lost = t(lang, "admin_analytics.drop", percent=_percent(last - count, last)) if last and name != "view" else ""
        steps.append(
            Step(
                key=name,
                title=t(lang, f"admin_analytics.step_{name}"),
                reached=format_count(count, lang),
                share=f"{max(2, round(100 * count / first))}%" if first else "2%",
                percent=f"{_percent(count, first)}\u00a0%",
                drop=lost,
            )
        )
        last = count
    return steps


def _percent(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}" if whole else "0"


def _with_comma(text: str, lang: Lang) -> str:
    return text.replace(".", ",") if lang == "vi" else text


def _sums(reports: Mapping[str, Report]) -> dict[str, float]:
    purchases = records(reports["purchases"])
    orders = sum(row["orders"] for row in purchases)
    revenue = sum(row["revenue"] for row in purchases)
    reached = _reached(reports["conversion_funnel"], "visit")
    viewed = reached.get("view", 0)
    return {
        "revenue": revenue,
        "orders": orders,
        "conversion": 100 * reached.get("order", 0) / viewed if viewed else 0,
        "basket": round(revenue / orders) if orders else 0,
        "returning": 100 * sum(row["returning_orders"] for row in purchases) / orders if orders else 0,
    }


def _figures(now: Mapping[str, Report], then: Mapping[str, Report], lang: Lang) -> list[Figure]:
    today, earlier = _sums(now), _sums(then)
    since, until = now["purchases"].since, now["purchases"].until
    orders = href(lang, f"/admin/orders?view=table&since={since}&until={until}")
    paths = {"revenue": orders, "orders": orders, "basket": orders, "returning": href(lang, "/admin/customers")}

    def written(key: str, value: float) -> str:
        if key in {"revenue", "basket"}:
            return format_vnd(round(value))
        if key in {"conversion", "returning"}:
            return _with_comma(f"{value:.1f}\u00a0%", lang)
        return format_count(round(value), lang)

    figures = []
    for key, value in today.items():
        change, tone = _change(value, earlier[key], lang)
        figures.append(
            Figure(
                key=key,
                title=t(lang, f"admin_analytics.{key}"),
                value=written(key, value),
                change=change,
                tone=tone,
                before=t(lang, "admin_analytics.before", value=written(key, earlier[key])),
                explained=t(lang, f"admin_analytics.{key}_means"),
                path=paths.get(key, ""),
            )
        )
    return figures


def _change(now: float, then: float, lang: Lang) -> tuple[str, str]:
    if round(now, 1) == round(then, 1):
        return t(lang, "admin_analytics.same"), "same"
    if then == 0:
        return t(lang, "admin_analytics.from_nothing"), "same"
    percent = round(100 * (now - then) / then)
    if percent == 0:
        return t(lang, "admin_analytics.same"), "same"
    key = "admin_analytics.more" if percent > 0 else "admin_analytics.less"
    return t(lang, key, percent=format_count(abs(percent), lang)), "up" if percent > 0 else "down"


def _days(purchases: list[dict[str, Any]], since: date, until: date, lang: Lang) -> list[dict[str, Any]]:
    known = {row["shop_day"]: row for row in purchases}
    rows = []
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        row = known.get(day.isoformat(), {"revenue": 0, "orders": 0})
        rows.append(
            {
                "label": f"{day.day}/{day.month}",
                "name": format_day(day, lang),
                "revenue": row["revenue"],
                "revenue_text": format_vnd(row["revenue"]),
                "orders_text": format_count(row["orders"], lang),
            }
        )
    return rows


def _days_summary(purchases: list[dict[str, Any]], lang: Lang) -> str:
    if not purchases:
        return t(lang, "admin_analytics.days_nothing")
    best = max(purchases, key=lambda row: row["revenue"])
    return t(
        lang,
        "admin_analytics.days_summary",
        best=format_day(date.fromisoformat(best["shop_day"]), lang),
        most=format_vnd(best["revenue"]),
    )


def _ranked(rows: list[dict[str, Any]], show: Callable[[dict[str, Any]], Row], by: str) -> list[Row]:
    most = max((row[by] for row in rows), default=0) or 1
    shown = []
    for row in rows[:SHOWN]:
        one = show(row)
        one.share = f"{round(100 * row[by] / most)}%"
        shown.append(one)
    return shown


def _missed(rows: list[dict[str, Any]], lang: Lang) -> list[Row]:
    products: dict[int, list[Any]] = {}
    for row in rows:
        known = products.setdefault(row["product_id"], [None, 0, 0])
        known[0] = known[0] or row["product_name"]
        known[1] += row["times"]
        known[2] += row["pieces"]
    return [
        Row(
            key=str(number),
            name=name or t(lang, "admin_analytics.product", number=number),
            path=href(lang, f"/admin/products/{number}"),
            value=t(lang, "admin_analytics.times", count=format_count(times, lang)),
            note=t(lang, "admin_analytics.pieces_missing", count=format_count(pieces, lang)),
            share="",
        )
        for number, (name, times, pieces) in sorted(products.items(), key=lambda one: (-one[1][1], one[0]))
    ][:SHOWN]


def _longest(rows: list[dict[str, Any]]) -> int:
    return min(12, max((row["months_since"] for row in rows), default=0))


def _cohorts(rows: list[dict[str, Any]], lang: Lang) -> list[Cohort]:
    months: dict[str, dict[int, int]] = {}
    for row in rows:
        months.setdefault(row["first_month"], {})[row["months_since"]] = row["customers"]
    cohorts = []
    for month, counts in sorted(months.items(), reverse=True)[:12]:
        size = counts.get(0, 0)
        first = date.fromisoformat(month)
        cells = [
            Cell(
                text=f"{_percent(counts.get(later, 0), size)}\u00a0%" if later in counts else "–",
                level=round(100 * counts.get(later, 0) / size) if size else 0,
                title=t(
                    lang,
                    "admin_analytics.cohort_cell",
                    count=format_count(counts.get(later, 0), lang),
                    size=format_count(size, lang),
                ),
            )
            for later in range(_longest(rows) + 1)
        ]
        cohorts.append(Cohort(f"{first.month}/{first.year}", format_count(size, lang), cells))
    return cohorts

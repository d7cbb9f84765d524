"""Moments, days and counts as people read them: the shop's time zone, the page's language."""

from datetime import date, datetime, time

from shopkit.client import ServiceProblem
from shopkit.clock import SHOP_ZONE, shop_day
from storefront.i18n import Lang, t

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: dict[Lang, tuple[str, ...]] = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def format_moment(moment: datetime, lang: Lang) -> str:
    """Return "14:05, 22/11/2025" or "22 Nov 2025, 14:05". `moment` must have a zone."""
    local = moment.astimezone(SHOP_ZONE)
    if lang == "vi":
        return f"{local:%H:%M}, {local.day}/{local.month}/{local.year}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def minutes_left(problem: ServiceProblem) -> int:
    """Return in how many minutes, at least one, a service will listen again that has refused for now."""
    return max(1, -(-int(problem.body.get("retryAfter", 60)) // 60))


def format_time(moment: datetime) -> str:
    """Return "14:05". `moment` must have a zone."""
    return f"{moment.astimezone(SHOP_ZONE):%H:%M}"


def format_hour(hour: time) -> str:
    """Return "8:00"."""
    return f"{hour.hour}:{hour.minute:02d}"


def format_promise(begin: datetime, end: datetime, lang: Lang, *, placed_at: datetime, now: datetime) -> str:
    """Return when an order placed at `placed_at` comes: "today, by 20:00" or "Sunday 22 Nov, 8:00–12:00"."""
    day, ahead = shop_day(begin), (shop_day(begin) - shop_day(now)).days
    named = {0: t(lang, "order.today"), 1: t(lang, "order.tomorrow")}.get(ahead) or format_day(day, lang)
    first, last = (format_hour(moment.astimezone(SHOP_ZONE).time()) for moment in (begin, end))
    if begin > placed_at:
        return f"{named}, {first}–{last}"
    return t(lang, "order.by", day=named, until=last)


def format_day(day: date, lang: Lang) -> str:
    """Return "Chủ nhật 22/11" or "Sunday 22 Nov"."""
    weekday = _WEEKDAYS[lang][day.weekday()]
    if lang == "vi":
        return f"{weekday} {day.day}/{day.month}"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]}"


def format_count(count: int, lang: Lang) -> str:
    """Return a number with its thousands set apart: "1.600" in Vietnamese, "1,600" in English."""
    text = f"{count:,}"
    return text.replace(",", ".") if lang == "vi" else text

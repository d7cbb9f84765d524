"""Moments, days and counts as people read them: the shop's time zone, the page's language."""

from datetime import date, datetime

from shopkit.clock import SHOP_ZONE
from storefront.i18n import Lang

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


def format_time(moment: datetime) -> str:
    """Return "14:05". `moment` must have a zone."""
    return f"{moment.astimezone(SHOP_ZONE):%H:%M}"


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

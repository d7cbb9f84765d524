"""Moments as shoppers read them: the shop's time zone, the page's language."""

from datetime import datetime

from shopkit.clock import SHOP_ZONE
from storefront.i18n import Lang

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_moment(moment: datetime, lang: Lang) -> str:
    """Return "14:05, 22/11/2025" or "22 Nov 2025, 14:05". `moment` must have a zone."""
    local = moment.astimezone(SHOP_ZONE)
    if lang == "vi":
        return f"{local:%H:%M}, {local.day}/{local.month}/{local.year}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def format_time(moment: datetime) -> str:
    """Return "14:05". `moment` must have a zone."""
    return f"{moment.astimezone(SHOP_ZONE):%H:%M}"

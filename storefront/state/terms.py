"""The shop's terms, ready to show: what pages say of hours, cut-off, fees and area comes from here."""

from typing import Any

import reflex as rx

from shopkit.contracts.orders import USUAL_TERMS, DeliveryTerms
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.dates import format_hour
from storefront.i18n import Lang, t


def terms_fields(terms: DeliveryTerms) -> dict[str, str]:
    """Return what `TermsState` holds of the terms."""
    return {
        "opens": format_hour(terms.opens_at),
        "closes": format_hour(terms.closes_at),
        "until": format_hour(terms.same_day_until),
        "morning": format_hour(terms.next_day_by),
        "fee": format_vnd(terms.fee),
        "free_from": format_vnd(terms.free_from),
        "area": terms.area,
        "area_en": terms.area_en,
    }


_USUAL = terms_fields(USUAL_TERMS)


class TermsState(rx.State):
    """The terms. Prerendered pages show the usual ones, and the shop's own once it has answered."""

    opens: str = _USUAL["opens"]
    closes: str = _USUAL["closes"]
    until: str = _USUAL["until"]
    morning: str = _USUAL["morning"]
    fee: str = _USUAL["fee"]
    free_from: str = _USUAL["free_from"]
    area: str = _USUAL["area"]
    area_en: str = _USUAL["area_en"]

    @rx.event
    async def load(self) -> None:
        """Show the terms as they are. Belongs into every page's on_load."""
        for name, text in terms_fields(await wiring.terms().learn()).items():
            setattr(self, name, text)


def told(lang: Lang, key: str) -> Any:
    """Return a text about the terms; its placeholders are named as `terms_fields` names them, {area} is translated."""
    values = {name: getattr(TermsState, name) for name in _USUAL}
    return t(lang, key, **{**values, "area": TermsState.area_en if lang == "en" else TermsState.area})


def told_now(lang: Lang, key: str) -> str:
    """Return such a text as this process knows the terms, for documents that are made without a State."""
    terms = wiring.terms().known
    return t(lang, key, **{**terms_fields(terms), "area": terms.area_en if lang == "en" else terms.area})

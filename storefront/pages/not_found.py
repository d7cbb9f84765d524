"""The page for an address that leads nowhere."""

import reflex as rx

from storefront.components.feedback import empty_state
from storefront.components.layout import page
from storefront.components.links import link
from storefront.i18n import Lang, href, t

# One page answers for both languages, in the browser only: the edge sends its own words before the script has loaded.
_IN_ENGLISH = rx.Var('(typeof location !== "undefined" && /^\\/en(\\/|$)/.test(location.pathname))', _var_type=bool)


def not_found() -> rx.Component:
    """Return the page in the language of its address."""
    return rx.cond(_IN_ENGLISH, _in("en"), _in("vi"))


def _in(lang: Lang) -> rx.Component:
    return page(lang, "/", message(lang))


def message(lang: Lang) -> rx.Component:
    """Return what there is to say, also for a product that is not sold any more."""
    return empty_state(
        t(lang, "errors.not_found_title"),
        t(lang, "errors.not_found_text"),
        link(t(lang, "errors.to_menu"), to=href(lang, "/menu"), class_name="btn btn-primary"),
        link(t(lang, "errors.to_home"), to=href(lang, "/"), class_name="btn btn-secondary"),
        picture="/not-found.svg",
        level=1,
    )

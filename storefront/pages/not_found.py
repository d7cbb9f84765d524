"""The page for an address that leads nowhere, and the one for a page that broke."""

import reflex as rx
from reflex_base.vars.function import ArgsFunctionOperation

from storefront.components.feedback import empty_state
from storefront.components.layout import page
from storefront.components.links import anchor, link
from storefront.i18n import LANGS, Lang, href, t

# One page answers for both languages, in the browser only: the edge sends its own words before the script has loaded.
_IN_ENGLISH = rx.Var('(typeof location !== "undefined" && /^\\/en(\\/|$)/.test(location.pathname))', _var_type=bool)


def not_found() -> rx.Component:
    """Return the page in the language of its address."""
    return rx.cond(_IN_ENGLISH, _in("en"), _in("vi"))


def broken_page() -> rx.Var:
    """Return what stands in place of a page whose script failed: a way out in both languages, and no error's words."""
    message = rx.el.div(
        *[
            rx.el.div(
                rx.el.p(t(lang, "shell.failed"), lang=lang, class_name="font-display text-2xl"),
                anchor(t(lang, "errors.to_home"), href=href(lang, "/"), class_name="btn btn-primary mt-4"),
                class_name="flex flex-col items-center",
            )
            for lang in LANGS
        ],
        role="alert",
        class_name="grid min-h-dvh place-content-center gap-12 p-6 text-center",
    )
    return ArgsFunctionOperation.create(("_error",), rx.Var.create(message))


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

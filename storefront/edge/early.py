"""What a page with an address of its own shows before its script has loaded.

Reflex prerenders pages whose address is fixed. A product's, or the menu's with filters, would stay empty until the
script has loaded and the websocket has answered. So the edge puts the real frame (from the prerendered menu) and the
first screen's content into the fallback document, and the state that goes with it beside them: `EARLY_STATE`, which
the bundle merges into its initial state (`storefront.bundle`). The page that then renders looks the same.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from reflex_base.constants.state import FIELD_MARKER

from shopkit.contracts.catalog import Product
from storefront.bundle import EARLY_STATE
from storefront.edge.meta import description_in, json_script, name_in
from storefront.i18n import Lang, href, t
from storefront.state.catalog import Card, unbroken
from storefront.state.menu import MenuState
from storefront.state.product import ProductState, product_fields
from storefront.state.terms import told_now
from storefront.theme import CARD_SIZES, CARD_TITLE, GRID, PRODUCT_COLUMNS, PRODUCT_PICTURE, PRODUCT_SIZES, TITLE

_FIRST = 6
"""Cakes on the first screen."""
_EMPTY_PLACE = (
    '<div aria-hidden="true"><div class="skeleton aspect-square rounded-2xl"></div>'
    '<div class="skeleton mt-4 h-5 w-3/4"></div><div class="skeleton mt-2 h-5 w-1/3"></div></div>'
)
_MAIN = re.compile(r"<main\b[^>]*>.*?</main>", re.DOTALL)
_BODY = re.compile(r"<body[^>]*>(?P<frame>.*?)<script", re.DOTALL)
_TOASTER = re.compile(r"^\s*<section aria-label=\"Notifications.*?</section>", re.DOTALL)


def frame_of(document: str) -> tuple[str, str]:
    """Return what stands before and after the main content in a prerendered page."""
    body = _BODY.search(document)
    if body is None:
        raise ValueError("a prerendered page has no body")
    frame = _TOASTER.sub("", body["frame"])
    main = _MAIN.search(frame)
    if main is None:
        raise ValueError("a prerendered page has no main content")
    return frame[: main.start()], frame[main.end() :]


def product_main(product: Product, lang: Lang) -> str:
    """Return the first screen of a product's page."""
    fields = product_fields(product)
    return _main(
        f'<div class="wrap pt-3 lg:pt-6"><div class="mt-13 {PRODUCT_COLUMNS}">'
        f'<img src="{escape(fields["product"].image)}" {_widths(fields["product"].image_set, PRODUCT_SIZES)}alt="" '
        f'width="800" height="800" fetchpriority="high" class="{PRODUCT_PICTURE}">'
        f'<div><h1 class="{TITLE}">{escape(unbroken(name_in(lang, product)))}</h1>'
        f'<p class="mt-2 text-2xl font-semibold tabular-nums text-accent">{escape(fields["price"])}</p>'
        f'<p class="mt-6 whitespace-pre-line text-muted">{escape(description_in(lang, product))}</p>'
        "</div></div></div>"
    )


def menu_main(lang: Lang, cards: Sequence[Card]) -> str:
    """Return the menu's title and its first cakes, or empty places for them."""
    places = "".join(_place(lang, card) for card in cards[:_FIRST]) or _EMPTY_PLACE * _FIRST
    return _main(
        f'<div class="wrap pt-8 lg:pt-12"><h1 class="{TITLE}">{escape(t(lang, "menu.title"))}</h1>'
        f'<p class="mt-2 text-muted">{escape(told_now(lang, "menu.lead"))}</p></div>'
        '<div class="wrap grid gap-x-10 pt-48 lg:grid-cols-[15rem_1fr] lg:pt-52">'
        f'<div></div><div class="{GRID}">{places}</div></div>'
    )


def _place(lang: Lang, card: Card) -> str:
    name = card.name_en if lang == "en" else card.name
    return (
        f'<article><img src="{escape(card.image)}" {_widths(card.image_set, CARD_SIZES)}alt="" width="400" '
        'height="400" class="aspect-square w-full rounded-2xl bg-sunk object-cover shadow-card">'
        f'<p class="mt-3 text-sm text-muted">{escape(card.category_en if lang == "en" else card.category)}</p>'
        f'<h2 class="{CARD_TITLE}"><a href="{escape(href(lang, f"/product/{card.slug}"))}">{escape(name)}</a></h2>'
        f'<p class="mt-1 font-semibold tabular-nums">{escape(card.price)}</p></article>'
    )


def _widths(image_set: str, sizes: str) -> str:
    return f'srcset="{escape(image_set)}" sizes="{sizes}" ' if image_set else ""


def not_found_main(lang: Lang) -> str:
    """Return what there is to say where nothing is."""
    return _notice("/not-found.svg", t(lang, "errors.not_found_title"), t(lang, "errors.not_found_text"))


def unavailable_main(lang: Lang) -> str:
    """Return what there is to say while a service that has to be asked does not answer."""
    return _notice("/empty.svg", t(lang, "errors.unavailable_title"), t(lang, "session.unavailable"))


def _notice(picture: str, title: str, text: str) -> str:
    return _main(
        '<div class="flex flex-col items-center gap-2 px-4 py-16 text-center">'
        f'<img src="{picture}" alt="" width="160" height="160" class="size-40">'
        f'<h1 class="font-display text-3xl">{escape(title)}</h1>'
        f'<p class="max-w-md text-muted">{escape(text)}</p></div>'
    )


def blank_main() -> str:
    """Return room for a page that is one person's own."""
    return _main("")


def product_state(product: Product) -> str:
    """Return the state that shows a product."""
    return _state(ProductState.get_full_name(), product_fields(product))


def menu_state(fields: dict[str, Any] | None) -> str:
    """Return the state of a menu, or of one whose cakes are still to come."""
    return _state(MenuState.get_full_name(), {"is_loading": True} if fields is None else fields)


def _state(name: str, fields: dict[str, Any]) -> str:
    # orjson writes the dataclasses of a state as Reflex's own serializer does: objects of their fields.
    return json_script(
        {name: {f"{field}{FIELD_MARKER}": value for field, value in fields.items()}}, element_id=EARLY_STATE
    )


def _main(content: str) -> str:
    return f'<main class="min-h-[60dvh]">{content}</main>'

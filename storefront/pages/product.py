"""A product: picture, sizes, quantity, into the cart."""

from typing import Any

import reflex as rx

from shopkit.contracts.catalog import Allergen, Occasion
from storefront.components.buttons import quantity, spinner
from storefront.components.feedback import skeleton, trouble
from storefront.components.forms import CHOICE_CARD
from storefront.components.icons import icon
from storefront.components.images import image, widths
from storefront.components.layout import breadcrumbs, page
from storefront.components.links import link
from storefront.components.product_card import cards, name_of
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.pages.not_found import message
from storefront.state.catalog import Card
from storefront.state.product import FEW, ProductState, Size
from storefront.state.terms import told
from storefront.theme import GRID, PRODUCT_COLUMNS, PRODUCT_PICTURE, PRODUCT_SIZES, SECTION_TITLE, TITLE


def product(lang: Lang) -> rx.Component:
    """Return the product page in a language."""
    return page(
        lang,
        "/product",
        rx.cond(
            ProductState.is_missing,
            message(lang),
            rx.el.div(
                rx.cond(
                    ProductState.is_unreachable,
                    rx.el.div(trouble(lang, retry=ProductState.retry), class_name="py-6"),
                    rx.fragment(),
                ),
                rx.cond(
                    ProductState.product.slug == "",
                    rx.cond(ProductState.is_unreachable, rx.fragment(), _waiting(lang)),
                    _product(lang),
                ),
                class_name="wrap pt-3 lg:pt-6",
            ),
        ),
        class_name="pb-24 md:pb-0",
    )


def _product(lang: Lang) -> rx.Component:
    item = ProductState.product
    category = item.category_en if lang == "en" else item.category
    trail = [
        (t(lang, "shell.menu"), "/menu"),
        (category, href(lang, "/menu") + "?category=" + item.category_slug),
        (name_of(lang, item), None),
    ]
    return rx.fragment(
        breadcrumbs(lang, trail),
        rx.el.div(
            image(
                item.image,
                "",
                800,
                800,
                eager=True,
                custom_attrs={"fetchPriority": "high"},
                **widths(item.image_set, PRODUCT_SIZES),
                class_name=PRODUCT_PICTURE,
            ),
            rx.el.div(
                rx.el.h1(name_of(lang, item), class_name=TITLE),
                rx.el.p(
                    ProductState.price,
                    aria_live="polite",
                    class_name="mt-2 text-2xl font-semibold tabular-nums text-accent",
                ),
                rx.cond(item.in_stock, _order(lang), _sold_out(lang)),
                _about(lang),
            ),
            class_name=f"mt-2 {PRODUCT_COLUMNS}",
        ),
        _related(lang),
    )


def _order(lang: Lang) -> rx.Component:
    return rx.el.form(
        rx.el.fieldset(
            rx.el.legend(t(lang, "product.size"), class_name="mb-2.5 font-semibold"),
            rx.el.div(
                rx.foreach(ProductState.product.sizes, lambda size: _size(lang, size)),
                class_name="grid grid-cols-3 gap-2.5",
            ),
            class_name="mt-6",
        ),
        rx.el.p(
            icon("check", 18),
            rx.cond(
                ProductState.stock <= FEW,
                t(lang, "product.left", count=ProductState.stock),
                t(lang, "product.in_stock"),
            ),
            aria_live="polite",
            class_name="mt-4 flex items-center gap-1.5 text-sm font-semibold text-leaf",
        ),
        rx.el.div(
            # What the button in the bar is about; where the bar is none, all of it stands right above.
            rx.el.p(
                rx.el.span(
                    name_of(lang, ProductState.product),
                    rx.cond(ProductState.size != "", ", " + t(lang, "cart.size", size=ProductState.size), ""),
                    class_name="min-w-0 truncate font-medium",
                ),
                rx.el.span(ProductState.price, class_name="shrink-0 font-semibold tabular-nums"),
                aria_hidden="true",
                class_name="flex basis-full justify-between gap-3 text-sm md:hidden",
            ),
            quantity(
                ProductState.quantity,
                lang,
                on_less=ProductState.step(-1),
                on_more=ProductState.step(1),
                most=ProductState.most,
                name=t(lang, "product.quantity_of"),
            ),
            rx.el.button(
                spinner(ProductState.is_adding),
                rx.cond(ProductState.is_adding, t(lang, "product.adding"), t(lang, "product.add")),
                type="submit",
                disabled=ProductState.is_adding,
                aria_busy=ProductState.is_adding,
                class_name="btn btn-primary grow",
            ),
            # Always at hand on a phone: the bar stays at the bottom of the screen.
            class_name="fixed inset-x-0 bottom-0 z-20 flex flex-wrap items-center gap-x-3 gap-y-2 border-t border-line "
            "bg-page/95 px-4 pb-[calc(0.75rem+env(safe-area-inset-bottom))] pt-2.5 backdrop-blur-sm md:static md:mt-5 "
            "md:border-0 md:bg-transparent md:p-0 md:backdrop-blur-none",
        ),
        on_submit=ProductState.put_in_cart,
    )


def _size(lang: Lang, size: rx.Var[Size]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="size",
            value=size.size,
            checked=ProductState.size == size.size,
            disabled=size.stock == 0,
            on_change=lambda _value: ProductState.choose(size.size),
            class_name="peer sr-only",
        ),
        rx.el.span(size.size, class_name="font-display text-xl leading-none"),
        rx.cond(
            size.serves > 0,
            rx.el.span(t(lang, "product.serves", count=size.serves), class_name="text-sm text-muted"),
            rx.fragment(),
        ),
        rx.el.span(
            rx.cond(size.stock == 0, t(lang, "product.sold_out_size"), size.price),
            class_name="text-sm font-semibold tabular-nums",
        ),
        key=size.size,
        class_name=f"{CHOICE_CARD} relative flex-col items-center gap-1 px-2 py-3.5 text-center",
    )


def _sold_out(lang: Lang) -> rx.Component:
    return rx.el.p(
        icon("clock", 22, "mt-0.5 text-honey"),
        t(lang, "product.sold_out"),
        class_name="mt-6 flex gap-3 rounded-2xl bg-honey-soft p-4 font-medium",
    )


def _about(lang: Lang) -> rx.Component:
    item = ProductState.product
    description = item.description_en if lang == "en" else item.description
    return rx.el.div(
        rx.cond(
            description != "",
            rx.fragment(
                rx.el.h2(t(lang, "product.description"), class_name="text-xl"),
                rx.el.p(description, class_name="mt-2 whitespace-pre-line text-muted"),
            ),
            rx.fragment(),
        ),
        rx.cond(
            item.occasions.length() > 0,
            rx.el.div(
                rx.el.h3(t(lang, "product.occasions"), class_name="font-sans text-sm font-semibold"),
                rx.el.ul(
                    rx.foreach(item.occasions, lambda code: _occasion(lang, code)), class_name="flex flex-wrap gap-2"
                ),
                class_name="mt-5 flex flex-wrap items-center gap-3 first:mt-0",
            ),
            rx.fragment(),
        ),
        rx.cond(
            item.allergens.length() > 0,
            rx.el.div(
                rx.el.h3(t(lang, "product.allergens"), class_name="font-sans text-sm font-semibold"),
                rx.el.ul(
                    rx.foreach(item.allergens, lambda code: _allergen(lang, code)), class_name="flex flex-wrap gap-2"
                ),
                class_name="mt-5 flex flex-wrap items-center gap-3 first:mt-0",
            ),
            rx.fragment(),
        ),
        rx.el.p(
            icon("truck", 20, "text-leaf"),
            told(lang, "product.keeping"),
            class_name="mt-5 flex gap-2.5 text-sm first:mt-0",
        ),
        class_name="mt-8 border-t border-line pt-7",
    )


def _occasion(lang: Lang, code: Any) -> rx.Component:
    names = [(one.value, t(lang, f"product.occasion_{one.value}")) for one in Occasion]
    return rx.el.li(
        link(
            rx.match(code, *names, code),
            to=f"{href(lang, '/menu')}?occasion=" + code.to(str),
            class_name="chip",
        ),
        key=code,
    )


def _allergen(lang: Lang, code: Any) -> rx.Component:
    names = [(entry.value, t(lang, f"product.allergen_{entry.value}")) for entry in Allergen]
    return rx.el.li(rx.match(code, *names, code), class_name="rounded-full bg-sunk px-3 py-1 text-sm font-medium")


def _related(lang: Lang) -> rx.Component:
    related: rx.Var[list[Card]] = ProductState.related
    return rx.cond(
        related.length() > 0,
        rx.el.section(
            rx.el.h2(t(lang, "product.related"), class_name=f"mb-6 {SECTION_TITLE}"),
            cards(lang, related, f"{GRID} lg:grid-cols-4"),
            class_name="pt-20",
        ),
        rx.fragment(),
    )


def _waiting(lang: Lang) -> rx.Component:
    return rx.el.div(
        skeleton("aspect-square w-full rounded-[2rem]"),
        rx.el.div(
            rx.el.h1(t(lang, "product.loading"), class_name="sr-only"),
            skeleton("h-11 w-3/4"),
            skeleton("mt-4 h-8 w-40"),
            skeleton("mt-8 h-20"),
            skeleton("mt-6 h-12"),
            skeleton("mt-10 h-32"),
        ),
        aria_busy="true",
        class_name=f"mt-13 {PRODUCT_COLUMNS}",
    )


def _title(lang: Lang) -> Any:
    item = ProductState.product
    return rx.cond(item.slug == "", t(lang, "meta.product_title"), name_of(lang, item) + " · SweetDream")


PAGE = Page(key="product", path="/product/[slug]", build=product, on_load=(ProductState.load,), title=_title)

"""Product cards: `product_card(lang, card_var)` in a `rx.foreach`, `picture(src, alt)`, `cards(lang, list_var)`."""

from typing import Any

import reflex as rx

from storefront.components.images import image, widths
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.state.catalog import Card
from storefront.theme import CARD_SIZES, CARD_TITLE


def picture(
    src: Any, alt: Any = "", *, eager: Any = False, class_name: str = "", size: int = 400, **props: Any
) -> rx.Component:
    """Return a square picture that keeps its place while it loads; `eager` for what is on the first screen."""
    look = f"aspect-square w-full object-cover {class_name}"
    return image(src, alt, size, size, eager=eager, class_name=look, **props)


def name_of(lang: Lang, item: Any) -> Any:
    """Return the name of a product or category, as its state tells it, in a language."""
    return item.name_en if lang == "en" else item.name


def product_card(lang: Lang, product: Any, index: Any = 99) -> rx.Component:
    """Return a card that leads to a product. The first four of a list load their pictures at once."""
    return rx.el.article(
        rx.el.div(
            picture(
                product.image,
                eager=index < 4,
                **widths(product.image_set, CARD_SIZES),
                class_name="transition-transform duration-500 ease-soft group-hover:scale-[1.04]",
            ),
            rx.cond(
                product.sold_out,
                rx.el.span(
                    t(lang, "shell.sold_out"),
                    class_name="absolute left-3 top-3 rounded-full bg-cocoa px-3 py-1 text-xs font-semibold "
                    "text-on-cocoa",
                ),
                rx.fragment(),
            ),
            class_name="relative overflow-hidden rounded-2xl bg-sunk shadow-card transition-shadow "
            "group-hover:shadow-lift",
        ),
        rx.el.p(
            product.category_en if lang == "en" else product.category,
            class_name="mt-3 text-sm text-muted",
        ),
        rx.el.h3(
            # The link covers the whole card, while its name stays the product's.
            link(
                name_of(lang, product),
                to=href(lang, "/product/") + product.slug,
                class_name="after:absolute after:inset-0 after:rounded-2xl after:content-['']",
            ),
            class_name=CARD_TITLE,
        ),
        rx.el.p(
            rx.cond(
                product.has_sizes,
                rx.el.span(t(lang, "shell.from"), " ", class_name="text-sm font-normal text-muted"),
                rx.fragment(),
            ),
            product.price,
            class_name="mt-1 font-semibold tabular-nums",
        ),
        class_name="group relative",
    )


def cards(lang: Lang, products: Any, class_name: str) -> rx.Component:
    """Return a list of product cards."""

    def item(product: rx.Var[Card], index: rx.Var[int]) -> rx.Component:
        return rx.el.li(product_card(lang, product, index), key=product.slug)

    return rx.el.ul(rx.foreach(products, item), class_name=class_name)

"""The menu's search field: a combobox that suggests cakes while one types (ARIA 1.2, listbox popup)."""

import reflex as rx

from storefront.components.icons import icon
from storefront.components.images import image
from storefront.components.links import link
from storefront.components.product_card import name_of
from storefront.i18n import Lang, href, t
from storefront.state.catalog import Card
from storefront.state.menu import MenuState

_LIST = "suggestions"
_WAIT_MS = 180


def menu_search(lang: Lang) -> rx.Component:
    """Return the field. Without a script it is a plain form that leads to the results."""
    return rx.el.form(
        rx.el.label(t(lang, "menu.search"), html_for="menu-search", class_name="sr-only"),
        rx.el.span(icon("search", 22), class_name="pointer-events-none absolute left-4 top-3.5 text-muted"),
        rx.el.input(
            id="menu-search",
            type="search",
            name="q",
            # A new key brings the address's query back into the field, after "clear filters" for example.
            key=MenuState.q,
            default_value=MenuState.q,
            placeholder=t(lang, "menu.search_hint"),
            auto_complete="off",
            max_length=100,
            role="combobox",
            aria_expanded=MenuState.is_open,
            aria_controls=_LIST,
            aria_autocomplete="list",
            custom_attrs={
                "aria-activedescendant": rx.cond(
                    MenuState.active >= 0, "suggestion-" + MenuState.active.to_string(), rx.Var("undefined")
                )
            },
            on_change=MenuState.suggest.debounce(_WAIT_MS),
            on_key_down=lambda key: rx.cond(
                (key == "ArrowDown") | (key == "ArrowUp") | (key == "Escape"), MenuState.press(key), rx.noop()
            ),
            on_blur=MenuState.close_suggestions,
            class_name="field min-h-13 rounded-full pl-12 sm:pr-28",
        ),
        rx.el.button(
            t(lang, "menu.search_button"),
            type="submit",
            class_name="btn btn-primary absolute right-1 top-1 min-h-11 px-5 py-2 max-sm:hidden",
        ),
        _suggestions(lang),
        role="search",
        aria_label=t(lang, "menu.search"),
        action=href(lang, "/menu"),
        method="get",
        on_submit=MenuState.search,
        class_name="relative max-w-2xl",
    )


def _suggestions(lang: Lang) -> rx.Component:
    def option(product: rx.Var[Card], index: rx.Var[int]) -> rx.Component:
        return rx.el.li(
            link(
                image(product.image, "", 48, 48, class_name="size-12 shrink-0 rounded-xl bg-sunk object-cover"),
                rx.el.span(
                    rx.el.span(name_of(lang, product), class_name="block font-semibold leading-snug"),
                    rx.el.span(
                        product.category_en if lang == "en" else product.category, class_name="block text-sm text-muted"
                    ),
                    class_name="min-w-0 grow",
                ),
                rx.el.span(product.price, class_name="shrink-0 text-sm font-semibold tabular-nums"),
                to=href(lang, "/product/") + product.slug,
                tab_index=-1,
                class_name="flex min-h-14 items-center gap-3",
            ),
            key=product.slug,
            id="suggestion-" + index.to_string(),
            role="option",
            aria_selected=MenuState.active == index,
            class_name="rounded-xl px-2 py-1.5 hover:bg-sunk aria-selected:bg-sunk",
        )

    return rx.el.ul(
        rx.foreach(MenuState.suggestions, option),
        id=_LIST,
        # The field keeps the focus while somebody points at a suggestion: losing it would close them under the click.
        on_mouse_down=rx.prevent_default,
        role="listbox",
        aria_label=t(lang, "menu.suggestions"),
        hidden=~MenuState.is_open | (MenuState.suggestions.length() == 0),
        class_name="absolute inset-x-0 top-full z-20 mt-2 max-h-[60dvh] overflow-y-auto rounded-2xl border border-line "
        "bg-surface p-2 shadow-lift",
    )

"""The menu: categories, filters, sort and search, all of them in the address."""

from typing import Any

import reflex as rx

from storefront.components.buttons import button, icon_button
from storefront.components.counts import counted
from storefront.components.feedback import empty_state, skeleton, trouble
from storefront.components.icons import icon
from storefront.components.layout import page
from storefront.components.links import link
from storefront.components.product_card import cards, name_of
from storefront.components.search import search
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.state.menu import Choice, MenuState, PageLink
from storefront.state.menu_query import MenuQuery
from storefront.state.terms import told
from storefront.theme import GRID, TITLE

SORTS = (("newest", "sort_newest"), ("price", "sort_price"), ("-price", "sort_price_desc"), ("name", "sort_name"))


def menu(lang: Lang) -> rx.Component:
    """Return the menu in a language."""
    return page(
        lang,
        "/menu",
        rx.el.div(
            rx.el.h1(t(lang, "menu.title"), class_name=TITLE),
            rx.el.p(told(lang, "menu.lead"), class_name="mt-2 text-muted"),
            class_name="wrap pt-8 lg:pt-12",
        ),
        rx.el.div(
            search(
                lang,
                "menu",
                label=t(lang, "menu.search"),
                hint=t(lang, "menu.search_hint"),
                value=MenuState.q,
                sort=MenuState.sort,
                has_button=True,
                class_name="max-w-2xl",
            ),
            class_name="wrap pt-5",
        ),
        rx.el.nav(_categories(lang), aria_label=t(lang, "menu.categories"), class_name="wrap overflow-hidden pt-5"),
        rx.el.div(
            _filters(lang),
            rx.el.section(
                rx.el.h2(t(lang, "menu.title"), class_name="sr-only"),
                _bar(lang),
                _results(lang),
                _pages(lang),
                class_name="min-w-0",
            ),
            class_name="wrap grid gap-x-10 pt-4 lg:grid-cols-[15rem_1fr] lg:pt-8",
        ),
    )


def _to(lang: Lang, query: Any) -> Any:
    return href(lang, "/menu") + query


def _categories(lang: Lang) -> rx.Component:
    def chip(choice: rx.Var[Choice]) -> rx.Component:
        return link(
            name_of(lang, choice),
            rx.el.span(choice.count, class_name="text-sm font-normal opacity-75"),
            key=choice.key,
            to=_to(lang, choice.query),
            prevent_scroll_reset=True,
            class_name=rx.cond(choice.on, "chip chip-on", "chip"),
            custom_attrs={"aria-current": rx.cond(choice.on, "true", rx.Var("undefined"))},
        )

    return rx.el.div(
        link(
            t(lang, "menu.all"),
            to=_to(lang, MenuState.all_query),
            prevent_scroll_reset=True,
            class_name=rx.cond(MenuState.category == "", "chip chip-on", "chip"),
            custom_attrs={"aria-current": rx.cond(MenuState.category == "", "true", rx.Var("undefined"))},
        ),
        rx.foreach(MenuState.categories, chip),
        class_name="rail",
    )


def _filters(lang: Lang) -> rx.Component:
    # One element for both: a bottom sheet on a phone, a column beside the cakes on wide screens.
    return rx.el.aside(
        rx.el.div(
            rx.el.h2(t(lang, "menu.filter_title"), class_name="text-2xl lg:sr-only"),
            icon_button(
                "close",
                t(lang, "menu.close"),
                class_name="-mr-2 lg:hidden",
                custom_attrs={"popoverTarget": "filters", "popoverTargetAction": "hide"},
            ),
            class_name="flex items-center justify-between",
        ),
        rx.cond(
            MenuState.occasions.length() > 0,
            _filter_group(
                t(lang, "menu.occasion"),
                rx.el.div(
                    rx.foreach(MenuState.occasions, lambda choice: _counted(lang, choice)),
                    class_name="grid grid-cols-2 gap-x-4 sm:grid-cols-3 lg:grid-cols-1",
                ),
            ),
            rx.fragment(),
        ),
        _filter_group(t(lang, "menu.price"), rx.foreach(MenuState.prices, lambda choice: _option(lang, choice))),
        _price_form(lang),
        _filter_group(
            t(lang, "menu.availability"),
            _check(t(lang, "menu.in_stock"), MenuState.in_stock, _to(lang, MenuState.stock_query)),
        ),
        rx.cond(MenuState.is_filtered, _clear(lang, "mt-6 w-full"), rx.fragment()),
        button(
            t(lang, "menu.show", count=counted(lang, MenuState.total)),
            class_name="mt-3 w-full lg:hidden",
            custom_attrs={"popoverTarget": "filters", "popoverTargetAction": "hide"},
        ),
        id="filters",
        aria_label=t(lang, "menu.filter_title"),
        custom_attrs={"popover": "auto"},
        class_name="sheet sheet-aside",
    )


def _filter_group(title: str, *options: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(title, class_name="mb-1 mt-5 font-sans text-base font-semibold lg:mt-0"),
        *options,
        class_name="lg:mb-6",
    )


def _check(text: Any, on: Any, to: Any, *, shape: str = "rounded-md", **props: Any) -> rx.Component:
    return link(
        rx.el.span(
            rx.cond(on, icon("check", 16), rx.fragment()),
            class_name=rx.cond(
                on,
                f"grid size-6 place-items-center {shape} bg-accent text-on-accent",
                f"size-6 {shape} border border-line-strong bg-surface",
            ),
        ),
        text,
        to=to,
        prevent_scroll_reset=True,
        custom_attrs={"aria-current": rx.cond(on, "true", rx.Var("undefined"))},
        class_name="flex min-h-11 items-center gap-3 hover:underline underline-offset-4 lg:min-h-9",
        **props,
    )


def _option(lang: Lang, choice: rx.Var[Choice]) -> rx.Component:
    return _check(name_of(lang, choice), choice.on, _to(lang, choice.query), shape="rounded-full", key=choice.key)


def _counted(lang: Lang, choice: rx.Var[Choice]) -> rx.Component:
    text = rx.el.span(
        name_of(lang, choice), rx.el.span(choice.count, class_name="ml-2 text-sm text-muted tabular-nums")
    )
    return _check(text, choice.on, _to(lang, choice.query), shape="rounded-full", key=choice.key)


def _price_form(lang: Lang) -> rx.Component:
    def amount(name: str, label: str, value: Any) -> rx.Component:
        return rx.el.label(
            rx.el.span(label, class_name="mb-1 block text-sm text-muted"),
            rx.el.input(
                name=name,
                # A new key brings the address's value back into a field somebody typed in.
                key=name + value,
                default_value=value,
                input_mode="numeric",
                max_length=13,
                auto_complete="off",
                class_name="field px-3 lg:px-2 lg:text-sm",
            ),
            class_name="min-w-0 grow",
        )

    return rx.el.form(
        amount("min", t(lang, "menu.price_min"), MenuState.min_price),
        amount("max", t(lang, "menu.price_max"), MenuState.max_price),
        rx.el.input(type="hidden", name="category", value=MenuState.category),
        rx.el.input(type="hidden", name="occasion", value=MenuState.occasion),
        rx.el.input(type="hidden", name="q", value=MenuState.q),
        rx.el.input(type="hidden", name="sort", value=MenuState.sort),
        icon_button("arrow", t(lang, "menu.apply"), type="submit", class_name="size-12 border border-line-strong"),
        action=href(lang, "/menu"),
        method="get",
        on_submit=MenuState.filter_price,
        class_name="mb-2 mt-2 flex items-end gap-2 lg:mb-7 lg:mt-0",
    )


def _clear(lang: Lang, class_name: str = "") -> rx.Component:
    return link(t(lang, "menu.clear"), to=href(lang, "/menu"), class_name=f"btn btn-secondary {class_name}")


def _try(lang: Lang, words: str) -> rx.Component:
    return link(words, to=href(lang, "/menu") + MenuQuery().but(q=words), class_name="chip")


def _bar(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.cond(
                MenuState.is_loading,
                t(lang, "menu.loading"),
                t(lang, "menu.count", count=counted(lang, MenuState.total)),
            ),
            role="status",
            aria_live="polite",
            class_name="grow text-sm font-medium sm:text-base",
        ),
        rx.el.button(
            icon("filter", 20),
            t(lang, "menu.filters"),
            rx.cond(
                MenuState.filter_count > 0,
                rx.el.span(
                    MenuState.filter_count, class_name="rounded-full bg-accent px-2 text-sm font-bold text-on-accent"
                ),
                rx.fragment(),
            ),
            type="button",
            custom_attrs={"popoverTarget": "filters"},
            class_name="chip lg:hidden",
        ),
        rx.el.label(
            rx.el.span(t(lang, "menu.sort"), class_name="sr-only"),
            rx.el.select(
                rx.el.option(
                    rx.cond(MenuState.q == "", t(lang, "menu.sort_popular"), t(lang, "menu.sort_best")), value="popular"
                ),
                *[rx.el.option(t(lang, f"menu.{key}"), value=value) for value, key in SORTS],
                value=MenuState.sort,
                on_change=MenuState.sort_by,
                class_name="field min-h-11 w-auto max-w-40 rounded-full py-2 text-ellipsis font-medium sm:max-w-none",
            ),
        ),
        class_name="flex items-center gap-2 pb-5",
    )


def _results(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.cond(
            MenuState.is_unreachable, rx.el.div(trouble(lang, retry=MenuState.retry), class_name="mb-6"), rx.fragment()
        ),
        rx.cond(
            MenuState.is_fuzzy,
            rx.el.p(t(lang, "menu.fuzzy", query=MenuState.q), class_name="mb-5 text-muted"),
            rx.fragment(),
        ),
        rx.cond(
            MenuState.is_loading,
            rx.el.div(*[_placeholder() for _ in range(6)], aria_hidden="true", class_name=GRID),
            rx.cond(
                (MenuState.total == 0) & ~MenuState.is_unreachable,
                rx.cond(
                    ((MenuState.min_price != "") | (MenuState.max_price != "")) & (MenuState.prices.length() > 0),
                    empty_state(
                        t(lang, "menu.empty_title"),
                        t(lang, "menu.empty_price", low=MenuState.least_price, high=MenuState.most_price),
                        link(
                            t(lang, "menu.clear_price"),
                            to=_to(lang, MenuState.any_price_query),
                            class_name="btn btn-primary",
                        ),
                        _clear(lang),
                        picture="/empty.svg",
                    ),
                    empty_state(
                        t(lang, "menu.empty_title"),
                        t(lang, "menu.empty_text"),
                        rx.cond(
                            MenuState.occasion != "",
                            link(
                                t(lang, "menu.clear_occasion"),
                                to=_to(lang, MenuState.any_occasion_query),
                                class_name="btn btn-primary",
                            ),
                            rx.fragment(),
                        ),
                        *[_try(lang, t(lang, f"menu.{key}")) for key in ("try_first", "try_second", "try_third")],
                        _clear(lang),
                        picture="/empty.svg",
                    ),
                ),
                cards(lang, MenuState.cards, GRID),
            ),
        ),
    )


def _placeholder() -> rx.Component:
    return rx.el.div(skeleton("aspect-square rounded-2xl"), skeleton("mt-4 h-5 w-3/4"), skeleton("mt-2 h-5 w-1/3"))


def _pages(lang: Lang) -> rx.Component:
    def number(entry: rx.Var[PageLink]) -> rx.Component:
        return rx.el.li(
            rx.cond(
                entry.number == 0,
                rx.el.span("…", class_name="px-1 text-muted"),
                link(
                    entry.number,
                    to=_to(lang, entry.query),
                    aria_label=t(lang, "menu.page_of", number=entry.number),
                    class_name=rx.cond(entry.on, "icon-btn bg-ink font-semibold text-page", "icon-btn font-semibold"),
                    custom_attrs={"aria-current": rx.cond(entry.on, "page", rx.Var("undefined"))},
                ),
            ),
        )

    def arrow(shown: Any, query: Any, label: str, turn: str, rel: str) -> rx.Component:
        return rx.cond(
            shown,
            link(
                icon("chevron", 20, turn),
                to=_to(lang, query),
                aria_label=label,
                rel=rel,
                class_name="icon-btn border border-line bg-surface",
            ),
            rx.fragment(),
        )

    return rx.cond(
        MenuState.pages.length() > 0,
        rx.el.nav(
            arrow(MenuState.page > 1, MenuState.previous_page, t(lang, "menu.previous"), "rotate-180", "prev"),
            rx.el.ol(rx.foreach(MenuState.pages, number), class_name="flex flex-wrap items-center gap-1"),
            arrow(MenuState.next_page != "", MenuState.next_page, t(lang, "menu.next"), "", "next"),
            aria_label=t(lang, "menu.pages"),
            class_name="mt-12 flex items-center justify-center gap-2",
        ),
        rx.fragment(),
    )


PAGE = Page(key="menu", path="/menu", build=menu, on_load=(MenuState.load,))

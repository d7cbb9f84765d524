"""Home: what the shop is, its best sellers, and how ordering works."""

import reflex as rx

from storefront.components.counts import counted
from storefront.components.feedback import trouble
from storefront.components.icons import icon
from storefront.components.images import image
from storefront.components.layout import page
from storefront.components.links import anchor, link
from storefront.components.product_card import cards, name_of
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.shop import ADDRESS, PHONE, PHONE_URL
from storefront.state.home import CategoryTile, HomeState
from storefront.state.terms import told
from storefront.theme import DISPLAY, GRID, SECTION_TITLE


def home(lang: Lang) -> rx.Component:
    """Return the home page in a language."""
    return page(lang, "/", _hero(lang), _categories(lang), _best_sellers(lang), _steps(lang), _visit(lang))


def _hero(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.p(t(lang, "home.eyebrow"), class_name="eyebrow"),
                rx.el.h1(t(lang, "home.title"), class_name=f"mt-3 {DISPLAY}"),
                rx.el.p(told(lang, "home.lead"), class_name="mt-5 max-w-lg text-lg text-muted"),
                rx.el.div(
                    link(t(lang, "home.order"), to=href(lang, "/menu"), class_name="btn btn-primary px-7"),
                    anchor(t(lang, "home.how"), href="#how", class_name="btn btn-secondary"),
                    class_name="mt-8 flex flex-wrap gap-3",
                ),
                rx.el.ul(
                    *[
                        rx.el.li(icon(name, 20, "text-leaf"), t(lang, key), class_name="flex items-center gap-2")
                        for name, key in (("whisk", "home.fresh"), ("truck", "home.cold"), ("shop", "home.pickup"))
                    ],
                    class_name="mt-8 flex flex-wrap gap-x-6 gap-y-2 text-sm font-medium",
                ),
                class_name="py-10 lg:py-20",
            ),
            image(
                "/hero.svg",
                t(lang, "home.hero_alt"),
                720,
                640,
                eager=True,
                custom_attrs={"fetchPriority": "high"},
                class_name="mx-auto -mt-4 aspect-[9/8] w-full max-w-lg pb-8 lg:mt-0 lg:max-w-none lg:pb-0",
            ),
            class_name="wrap grid items-center gap-x-10 lg:grid-cols-[1fr_1.05fr]",
        ),
        class_name="overflow-hidden bg-linear-to-b from-honey-soft/60 to-page lg:pb-8",
    )


def _categories(lang: Lang) -> rx.Component:
    def item(category: rx.Var[CategoryTile]) -> rx.Component:
        return rx.el.li(
            link(
                image(
                    category.image,
                    "",
                    112,
                    112,
                    class_name="size-28 shrink-0 rounded-full object-cover transition-transform duration-500 ease-soft "
                    "group-hover:scale-105",
                ),
                rx.el.span(
                    rx.el.span(
                        name_of(lang, category), class_name="block font-display text-lg leading-tight sm:text-xl"
                    ),
                    rx.el.span(
                        t(lang, "home.cakes", count=counted(lang, category.count)),
                        class_name="mt-1 block text-sm text-muted",
                    ),
                ),
                to=href(lang, "/menu") + "?category=" + category.slug,
                class_name="group card flex h-full flex-col items-center gap-3 p-4 text-center transition-shadow "
                "hover:shadow-lift sm:flex-row sm:gap-5 sm:px-6 sm:text-left",
            ),
            key=category.slug,
        )

    return rx.el.section(
        rx.el.h2(t(lang, "home.categories"), class_name="sr-only"),
        rx.el.ul(rx.foreach(HomeState.categories, item), class_name="grid grid-cols-2 gap-4 lg:grid-cols-4"),
        class_name="wrap pt-6",
    )


def _best_sellers(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t(lang, "home.best"), class_name=SECTION_TITLE),
            link(
                t(lang, "home.all"),
                icon("arrow", 18),
                to=href(lang, "/menu"),
                class_name="btn btn-quiet -mr-3 shrink-0",
            ),
            class_name="mb-6 flex items-end justify-between gap-4",
        ),
        rx.cond(
            HomeState.is_unreachable, rx.el.div(trouble(lang, retry=HomeState.retry), class_name="mb-6"), rx.fragment()
        ),
        cards(lang, HomeState.featured, f"{GRID} lg:grid-cols-4"),
        class_name="wrap pt-16 lg:pt-20",
    )


def _steps(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t(lang, "home.how_title"), class_name=SECTION_TITLE),
            rx.el.ol(
                *[
                    rx.el.li(
                        rx.el.span(
                            str(number),
                            aria_hidden="true",
                            class_name="w-9 shrink-0 text-center font-display text-5xl leading-none text-leaf/70",
                        ),
                        rx.el.div(
                            rx.el.h3(t(lang, f"home.step{number}_title"), class_name="font-display text-xl"),
                            rx.el.p(t(lang, f"home.step{number}_text"), class_name="mt-1.5 text-muted"),
                        ),
                        class_name="flex gap-5",
                    )
                    for number in (1, 2, 3)
                ],
                class_name="mt-8 grid gap-8 md:grid-cols-3",
            ),
            class_name="wrap rounded-[2rem] bg-leaf-soft py-12 lg:py-16",
        ),
        id="how",
        class_name="mx-auto max-w-[84rem] pt-20 sm:px-4",
    )


def _visit(lang: Lang) -> rx.Component:
    rows = (
        ("pin", rx.el.address(ADDRESS[lang], class_name="not-italic")),
        ("clock", rx.el.p(told(lang, "shell.hours"))),
        ("phone", anchor(PHONE, href=PHONE_URL, class_name="inline-flex min-h-11 items-center hover:underline")),
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t(lang, "home.visit"), class_name=SECTION_TITLE),
            rx.el.p(t(lang, "home.visit_text"), class_name="mt-3 max-w-xl text-muted"),
        ),
        rx.el.ul(
            *[
                rx.el.li(
                    icon(name, 22, "text-accent"), child, class_name="flex min-h-11 items-center gap-3 font-medium"
                )
                for name, child in rows
            ],
            class_name="grid gap-1",
        ),
        class_name="wrap grid gap-8 pt-20 md:grid-cols-2 md:items-center",
    )


PAGE = Page(key="home", path="/", build=home, on_load=(HomeState.load,))

"""The first page: how today goes, what waits, what sells, what runs low."""

import reflex as rx

from storefront.components.admin.charts import Series, bar_chart, behind, legend
from storefront.components.admin.figures import comparison
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.status import badge
from storefront.components.counts import counted
from storefront.components.feedback import skeleton, trouble
from storefront.components.icons import icon
from storefront.components.images import image
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.overview import OverviewState
from storefront.state.admin.overview_view import Figure, LowSize, Seller, Waiting

_CARD = "card p-4 sm:p-5"
_TITLE = "font-display text-xl"


def overview(lang: Lang) -> rx.Component:
    """Return the first page in a language."""
    return admin_page(
        lang,
        "overview",
        page_header(t(lang, "admin_shell.overview"), lead=OverviewState.overview.lead),
        rx.cond(
            OverviewState.is_unreachable,
            rx.el.div(trouble(lang, retry=OverviewState.load), class_name="mb-4"),
            rx.fragment(),
        ),
        rx.cond(
            OverviewState.is_loaded,
            _content(lang),
            rx.cond(OverviewState.is_unreachable, rx.fragment(), _shapes(lang)),
        ),
    )


def _content(lang: Lang) -> rx.Component:
    view = OverviewState.overview
    return rx.fragment(
        rx.el.section(
            rx.el.h2(t(lang, "admin_overview.figures"), class_name="sr-only"),
            rx.el.dl(
                rx.foreach(view.figures, _figure),
                class_name="grid grid-cols-2 gap-3 sm:grid-cols-3 sm:gap-4 max-sm:[&>:first-child]:col-span-2",
            ),
        ),
        _waiting(lang),
        rx.el.div(_hours(lang), _days(lang), class_name="mt-4 grid items-start gap-4 xl:grid-cols-2"),
        rx.el.div(_sellers(lang), _low(lang), class_name="mt-4 grid items-start gap-4 xl:grid-cols-2"),
    )


def _figure(figure: Figure) -> rx.Component:
    return rx.el.div(
        rx.el.dt(figure.title, class_name="text-sm font-semibold text-muted"),
        rx.el.dd(figure.value, class_name="mt-1 font-display text-2xl leading-tight tabular-nums sm:text-[2rem]"),
        *comparison(figure),
        key=figure.title,
        class_name=_CARD,
    )


def _waiting(lang: Lang) -> rx.Component:
    names = {status: t(lang, f"admin_overview.waiting_{status.lower()}") for status in ("PENDING", "PROCESSING")}
    look = (
        "card flex h-full flex-col gap-1 p-3 leading-tight hover:border-line-strong sm:flex-row sm:items-center "
        "sm:gap-4 sm:p-5"
    )

    def entry(waiting: Waiting) -> rx.Component:
        return rx.el.li(
            link(
                rx.el.span(counted(lang, waiting.count), class_name="font-display text-3xl tabular-nums"),
                rx.el.span(
                    rx.match(waiting.status, *names.items(), t(lang, "admin_overview.waiting_shipped")),
                    class_name="grow text-sm font-semibold sm:text-base",
                ),
                icon("chevron", 18, "text-muted max-sm:hidden"),
                to=waiting.path,
                class_name=rx.cond(
                    (waiting.status == "PENDING") & (waiting.count > 0), f"{look} bg-accent-soft text-accent", look
                ),
            ),
            key=waiting.status,
        )

    return rx.el.section(
        rx.el.h2(t(lang, "admin_overview.waiting"), id="waiting", class_name="sr-only"),
        rx.el.ul(
            rx.foreach(OverviewState.overview.waiting, entry),
            class_name="mt-3 grid grid-cols-3 gap-3 sm:mt-4 sm:gap-4",
        ),
        aria_labelledby="waiting",
    )


def _hours(lang: Lang) -> rx.Component:
    view = OverviewState.overview
    series = [
        Series("today", t(lang, "admin_overview.today", day=view.today_name)),
        Series("before", t(lang, "admin_overview.before", day=view.before_name), outlined=True),
    ]
    title = t(lang, "admin_overview.hours")
    columns = [("name", t(lang, "admin_overview.hour")), *((f"{one.key}_text", one.name) for one in series)]
    return rx.el.section(
        rx.el.h2(title, class_name=_TITLE),
        rx.el.p(view.hours_summary, class_name="mt-1 text-sm text-muted"),
        legend(series),
        bar_chart(lang, view.hours, series),
        behind(lang, title, view.hours, columns),
        class_name=_CARD,
    )


def _days(lang: Lang) -> rx.Component:
    view = OverviewState.overview
    title = t(lang, "admin_overview.days")
    # Its legend is there for the neighbour's sake: with one each, the charts stand side by side at one height.
    series = [Series("revenue", t(lang, "admin_overview.revenue"))]
    columns = [
        ("name", t(lang, "admin_overview.day")),
        ("orders_text", t(lang, "admin_overview.orders")),
        ("revenue_text", t(lang, "admin_overview.revenue")),
    ]
    return rx.el.section(
        rx.el.h2(title, class_name=_TITLE),
        rx.el.p(view.days_summary, class_name="mt-1 text-sm text-muted"),
        legend(series),
        bar_chart(lang, view.days, series),
        behind(lang, title, view.days, columns),
        class_name=_CARD,
    )


def _sellers(lang: Lang) -> rx.Component:
    def entry(seller: Seller) -> rx.Component:
        return rx.el.li(
            image(seller.image, "", 56, 56, class_name="size-14 shrink-0 rounded-xl bg-sunk object-cover"),
            rx.el.div(
                rx.el.div(
                    link(seller.name, to=seller.path, class_name="min-w-0 font-semibold hover:underline"),
                    rx.el.span(
                        seller.quantity, " ", t(lang, "admin_overview.sold"), class_name="shrink-0 tabular-nums"
                    ),
                    class_name="flex items-baseline justify-between gap-3",
                ),
                rx.el.div(
                    rx.el.div(
                        rx.el.div(
                            custom_attrs={"style": {"width": seller.share}}, class_name="h-full rounded-full bg-accent"
                        ),
                        aria_hidden="true",
                        class_name="h-1.5 grow overflow-hidden rounded-full bg-sunk",
                    ),
                    rx.el.span(seller.revenue, class_name="shrink-0 text-sm text-muted tabular-nums"),
                    class_name="mt-1 flex items-center gap-3",
                ),
                class_name="min-w-0 grow",
            ),
            key=seller.path,
            class_name="flex items-center gap-3",
        )

    sellers = OverviewState.overview.sellers
    return rx.el.section(
        rx.el.h2(t(lang, "admin_overview.sellers"), class_name=_TITLE),
        rx.cond(
            sellers.length() > 0,
            rx.el.ol(rx.foreach(sellers, entry), class_name="mt-3 grid gap-3"),
            rx.el.p(t(lang, "admin_overview.sellers_empty"), class_name="mt-2 text-muted"),
        ),
        class_name=_CARD,
    )


def _low(lang: Lang) -> rx.Component:
    def entry(size: LowSize) -> rx.Component:
        return rx.el.li(
            image(size.image, "", 48, 48, class_name="size-12 shrink-0 rounded-xl bg-sunk object-cover"),
            rx.el.div(
                link(size.name, to=size.path, class_name="font-semibold hover:underline"),
                rx.el.span(" · ", size.size, class_name="text-muted"),
                class_name="min-w-0 grow",
            ),
            rx.cond(
                size.stock > 0,
                badge(t(lang, "admin_overview.left", count=size.stock), "warn"),
                badge(t(lang, "admin_overview.sold_out"), "bad"),
            ),
            key=size.key,
            class_name="flex items-center gap-3",
        )

    low = OverviewState.low
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t(lang, "admin_overview.low"), class_name=_TITLE),
            link(t(lang, "admin_overview.low_all"), to=href(lang, "/admin/stock"), class_name="text-link text-sm"),
            class_name="flex items-baseline justify-between gap-4",
        ),
        rx.cond(
            OverviewState.is_low_unreachable,
            rx.el.p(t(lang, "admin_overview.low_unreachable"), role="status", class_name="mt-2 text-honey"),
            rx.fragment(),
        ),
        rx.cond(
            low.sizes.length() > 0,
            rx.el.ul(rx.foreach(low.sizes, entry), class_name="mt-3 grid gap-3"),
            rx.cond(
                OverviewState.is_low_unreachable,
                rx.fragment(),
                rx.el.p(t(lang, "admin_overview.low_empty"), class_name="mt-2 text-muted"),
            ),
        ),
        rx.cond(
            low.more > 0,
            link(
                t(lang, "admin_overview.low_more", count=counted(lang, low.more)),
                to=href(lang, "/admin/stock"),
                class_name="btn btn-sm btn-secondary mt-4",
            ),
            rx.fragment(),
        ),
        class_name=_CARD,
    )


def _shapes(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.p(t(lang, "admin_shell.loading"), role="status", class_name="sr-only"),
        rx.el.div(*[skeleton("h-36") for _ in range(3)], class_name="grid gap-4 sm:grid-cols-3"),
        rx.el.div(*[skeleton("h-80") for _ in range(2)], class_name="mt-4 grid gap-4 xl:grid-cols-2"),
    )


PAGE = AdminPage(
    key="admin_overview",
    path="/admin",
    build=overview,
    section="overview",
    on_load=[OverviewState.load],
    on_orders=OverviewState.changed,
)

"""One customer: who they are, what they ordered, and their role."""

from typing import Any

import reflex as rx

from shopkit.contracts.reports import Segment
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.people import role_badge
from storefront.components.admin.role_dialogs import role_button, role_dialog
from storefront.components.admin.states import nothing
from storefront.components.admin.status import order_badge
from storefront.components.feedback import skeleton, trouble
from storefront.components.links import anchor, link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.shop import NAME
from storefront.state.admin.customer import CustomerState, LastOrder
from storefront.state.admin.customer_habits import Favourite
from storefront.state.admin.customers import PATH

_CARD = "card p-4 sm:p-5"
_TITLE = "font-display text-xl"


def customer(lang: Lang) -> rx.Component:
    """Return the page of one customer in a language."""
    person = CustomerState.customer
    back = (href(lang, PATH), t(lang, "admin_shell.customers"))
    return admin_page(
        lang,
        "customers",
        page_header(
            rx.cond(CustomerState.is_loaded, person.name, t(lang, "admin_customers.one")),
            back=back,
        ),
        rx.cond(
            CustomerState.is_unreachable,
            rx.el.div(trouble(lang, retry=CustomerState.retry), class_name="mb-4"),
            rx.fragment(),
        ),
        rx.cond(
            CustomerState.is_missing,
            nothing(
                t(lang, "admin_customers.missing_title"),
                t(lang, "admin_customers.missing_text"),
                link(back[1], to=back[0], class_name="btn btn-secondary"),
            ),
            rx.cond(CustomerState.is_loaded, _content(lang), skeleton("h-72")),
        ),
        role_dialog(lang),
    )


def _content(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.div(_figures(lang), _orders(lang), _habits(lang), class_name="grid min-w-0 gap-4"),
        rx.el.div(_profile(lang), _role(lang), class_name="grid gap-4"),
        class_name="grid items-start gap-4 xl:grid-cols-[1fr_24rem]",
    )


def _figures(lang: Lang) -> rx.Component:
    person = CustomerState.customer
    figures = [
        ("orders", person.orders),
        ("spent", person.spent),
        ("cancelled", person.cancelled),
        ("last_order", person.last_order),
    ]
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(t(lang, f"admin_customers.{name}"), class_name="text-sm font-semibold text-muted"),
                rx.el.dd(
                    rx.cond(value == "", "–", value),
                    class_name="mt-1 font-display text-xl leading-tight tabular-nums",
                ),
                class_name="card p-4",
            )
            for name, value in figures
        ],
        class_name="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4",
    )


def _orders(lang: Lang) -> rx.Component:
    def entry(order: LastOrder) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                link(order.number, to=order.path, class_name="font-semibold hover:underline"),
                order_badge(lang, order.status, pickup=order.is_pickup),
                class_name="flex flex-wrap items-center gap-x-3 gap-y-1",
            ),
            rx.el.span(order.total, class_name="text-right font-semibold tabular-nums"),
            rx.el.span(order.cakes, class_name="min-w-0 text-sm text-muted"),
            rx.el.span(order.placed_at, class_name="text-right text-sm text-muted tabular-nums"),
            key=order.number,
            class_name="grid grid-cols-[1fr_auto] gap-x-4 gap-y-0.5 border-t border-line py-3 first:border-t-0",
        )

    return rx.el.section(
        rx.el.div(
            rx.el.h2(t(lang, "admin_customers.last_orders"), class_name=_TITLE),
            rx.cond(
                CustomerState.orders.length() > 0,
                link(
                    t(lang, "admin_customers.all_orders"),
                    to=CustomerState.customer.orders_path,
                    class_name="text-link text-sm",
                ),
                rx.fragment(),
            ),
            class_name="flex items-baseline justify-between gap-4",
        ),
        rx.cond(
            CustomerState.are_orders_unreachable,
            rx.el.p(t(lang, "admin_customers.orders_unreachable"), role="status", class_name="mt-2 text-honey"),
            rx.cond(
                CustomerState.orders.length() > 0,
                rx.el.ul(rx.foreach(CustomerState.orders, entry), class_name="mt-2"),
                rx.el.p(t(lang, "admin_customers.no_orders"), class_name="mt-2 text-muted"),
            ),
        ),
        class_name=_CARD,
    )


def _habits(lang: Lang) -> rx.Component:
    habits = CustomerState.habits

    def cake(one: Favourite) -> rx.Component:
        return rx.el.li(
            link(one.name, to=one.path, class_name="min-w-0 font-semibold hover:underline"),
            rx.el.span(one.pieces, class_name="shrink-0 text-muted tabular-nums"),
            key=one.path,
            class_name="flex items-baseline justify-between gap-3",
        )

    segment = rx.match(
        habits.segment,
        *[(one.value, t(lang, f"admin_analytics.segment_{one.value}")) for one in Segment],
        "",
    )
    content = rx.el.section(
        rx.el.h2(t(lang, "admin_customers.habits"), class_name=_TITLE),
        rx.el.dl(
            _fact(t(lang, "admin_customers.frequency"), habits.frequency, habits.frequency),
            _fact(t(lang, "admin_customers.segment"), habits.segment, segment),
            _fact(t(lang, "admin_customers.first_order"), habits.first, habits.first),
            _fact(t(lang, "admin_customers.latest_order"), habits.last, habits.last),
            class_name="mt-3 grid gap-3 sm:grid-cols-2",
        ),
        rx.el.h3(t(lang, "admin_customers.favourites"), class_name="mt-4 text-sm text-muted"),
        rx.el.ol(rx.foreach(habits.favourites, cake), class_name="mt-1 grid gap-1"),
        class_name=_CARD,
    )
    return rx.cond(habits.segment != "", content, rx.fragment())


def _profile(lang: Lang) -> rx.Component:
    person = CustomerState.customer
    return rx.el.section(
        rx.el.h2(t(lang, "admin_customers.profile"), class_name=_TITLE),
        rx.el.dl(
            _fact(
                t(lang, "admin_customers.email"),
                person.email,
                anchor(person.email, href=f"mailto:{person.email}", class_name="text-link break-all"),
            ),
            _fact(
                t(lang, "admin_customers.phone"),
                person.phone,
                anchor(person.phone, href=f"tel:{person.phone}", class_name="text-link tabular-nums"),
            ),
            _fact(t(lang, "admin_customers.address"), person.address, person.address),
            _fact(t(lang, "admin_customers.since"), person.since, person.since),
            _fact(t(lang, "admin_customers.last_seen"), person.last_seen, person.last_seen),
            class_name="mt-3 grid gap-3",
        ),
        class_name=_CARD,
    )


def _fact(name: str, value: rx.Var[str], shown: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name, class_name="text-sm text-muted"),
        rx.el.dd(rx.cond(value == "", "–", shown), class_name="break-words"),
    )


def _role(lang: Lang) -> rx.Component:
    person = CustomerState.customer
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t(lang, "admin_customers.role"), class_name=_TITLE),
            role_badge(lang, person.role),
            class_name="flex items-center justify-between gap-4",
        ),
        rx.el.p(
            rx.match(
                person.role,
                ("ADMIN", t(lang, "admin_customers.admin_may")),
                ("GUEST", t(lang, "admin_customers.guest_account")),
                t(lang, "admin_customers.customer_may"),
            ),
            class_name="mt-2 text-sm text-muted",
        ),
        rx.cond(
            person.is_self,
            rx.el.p(t(lang, "admin_customers.own_role"), class_name="mt-3 text-sm"),
            rx.cond(
                person.is_guest,
                rx.fragment(),
                rx.el.div(role_button(lang, person.id, person.name, person.is_admin), class_name="mt-4"),
            ),
        ),
        class_name=_CARD,
    )


def _window_title(lang: Lang) -> rx.Var:
    name = CustomerState.customer.name
    return rx.cond(name != "", f"{name} · {NAME}", f"{t(lang, 'admin_shell.customers')} · {NAME}")


PAGE = AdminPage(
    key="admin_customer",
    path=f"{PATH}/[id]",
    build=customer,
    section="customers",
    on_load=[CustomerState.load],
    title=_window_title,
)

"""The people the shop knows: who they are, what they ordered, and who is staff."""

import reflex as rx

from storefront.components.admin.filters import choice, clear_link, filter_bar, search_box
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.pager import load_more
from storefront.components.admin.people import role_badge
from storefront.components.admin.role_dialogs import role_by_email_dialog, role_dialog, role_icon
from storefront.components.admin.states import list_states, nothing_matches
from storefront.components.admin.table import Column, data_table
from storefront.components.buttons import button
from storefront.components.counts import counted
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.customer_view import CustomerRow
from storefront.state.admin.customers import PATH, CustomersState
from storefront.state.admin.roles import RoleState


def customers(lang: Lang) -> rx.Component:
    """Return the list of customers in a language."""
    is_filtered = (CustomersState.q != "") | (CustomersState.role != "")
    clear = clear_link(lang, to=href(lang, PATH), shown=is_filtered)
    return admin_page(
        lang,
        "customers",
        page_header(
            t(lang, "admin_shell.customers"),
            button(
                icon("mail", 18),
                t(lang, "admin_customers.by_email"),
                kind="secondary",
                class_name="btn-sm",
                on_click=RoleState.ask_by_email,
            ),
            lead=rx.cond(
                CustomersState.is_loaded,
                rx.cond(
                    CustomersState.total == 1,
                    t(lang, "admin_customers.count_one"),
                    t(lang, "admin_customers.count", count=counted(lang, CustomersState.total)),
                ),
                "\u00a0",
            ),
        ),
        filter_bar(
            lang,
            search_box(
                lang,
                value=CustomersState.q,
                on_search=CustomersState.search,
                hint=t(lang, "admin_customers.search_hint"),
            ),
            choice(
                "role",
                label=t(lang, "admin_customers.role"),
                value=CustomersState.role,
                options=[
                    ("", t(lang, "admin_customers.everybody")),
                    ("CUSTOMER", t(lang, "admin_customers.role_customer")),
                    ("ADMIN", t(lang, "admin_customers.role_admin")),
                    ("GUEST", t(lang, "admin_customers.role_guest")),
                ],
                on_change=CustomersState.filter_role,
            ),
            clear=clear,
        ),
        rx.cond(
            CustomersState.are_orders_unreachable,
            rx.el.p(
                icon("alert", 18),
                t(lang, "admin_customers.orders_unreachable"),
                role="status",
                class_name="mb-4 flex items-center gap-2 rounded-xl bg-honey-soft px-4 py-2.5 text-sm",
            ),
            rx.fragment(),
        ),
        list_states(
            lang,
            _list(lang),
            is_loaded=CustomersState.is_loaded,
            is_empty=CustomersState.rows.length() == 0,
            is_unreachable=CustomersState.is_unreachable,
            retry=CustomersState.retry,
            empty=nothing_matches(lang, clear),
        ),
        role_dialog(lang),
        role_by_email_dialog(lang),
    )


def _list(lang: Lang) -> rx.Component:
    return rx.fragment(
        data_table(
            caption=t(lang, "admin_shell.customers"),
            columns=[
                Column(t(lang, "admin_customers.name"), lambda row: _who(lang, row), heads=True),
                Column(t(lang, "admin_customers.role"), lambda row: role_badge(lang, row.role)),
                Column(t(lang, "admin_customers.orders"), lambda row: _or_dash(row.orders), align="right"),
                Column(t(lang, "admin_customers.spent"), lambda row: _or_dash(row.spent), align="right"),
                Column(
                    t(lang, "admin_customers.last_seen"),
                    lambda row: rx.el.span(row.last_seen, class_name="whitespace-nowrap text-sm text-muted"),
                    class_name="md:max-xl:hidden",
                ),
                Column(
                    t(lang, "admin_customers.action"),
                    lambda row: _action(lang, row),
                    align="right",
                    hides=True,
                    class_name="max-md:absolute max-md:right-2 max-md:top-2",
                ),
            ],
            rows=CustomersState.rows,
            key=lambda row: row.id,
            busy=CustomersState.is_busy,
        ),
        load_more(
            lang,
            shown=CustomersState.rows.length(),
            total=CustomersState.total,
            has_more=CustomersState.has_more,
            busy=CustomersState.is_loading_more,
            on_click=CustomersState.load_more,
        ),
    )


def _who(lang: Lang, row: CustomerRow) -> rx.Component:
    return rx.el.div(
        link(row.name, to=row.path, class_name="break-words hover:underline after:absolute after:inset-0"),
        rx.el.span(row.email, class_name="break-all text-sm font-normal text-muted"),
        rx.el.span(row.phone, class_name="text-sm font-normal text-muted tabular-nums"),
        rx.el.span(
            t(lang, "admin_customers.last_seen"),
            ": ",
            row.last_seen,
            class_name="hidden text-sm font-normal text-muted md:max-xl:block",
        ),
        class_name="flex min-w-0 max-w-sm flex-col max-md:pr-12",
    )


def _action(lang: Lang, row: CustomerRow) -> rx.Component:
    return rx.cond(row.is_guest | row.is_self, rx.fragment(), role_icon(lang, row.id, row.name, row.is_admin))


def _or_dash(text: rx.Var[str]) -> rx.Component:
    return rx.el.span(rx.cond(text == "", "–", text), class_name="whitespace-nowrap")


PAGE = AdminPage(key="admin_customers", path=PATH, build=customers, section="customers", on_load=[CustomersState.load])

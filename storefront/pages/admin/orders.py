"""The orders: what waits, what is being made, what is on its way."""

import reflex as rx

from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.i18n import Lang, t
from storefront.pages.admin.base import AdminPage


def orders(lang: Lang) -> rx.Component:
    """Return the page of the orders in a language."""
    return admin_page(lang, "orders", page_header(t(lang, "admin_shell.orders")))


PAGE = AdminPage(key="admin_orders", path="/admin/orders", build=orders, section="orders")

"""A product that is being made."""

import reflex as rx

from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.product_form import leave_dialog, product_content
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.shop import NAME
from storefront.state.admin.picture import PREVIEW
from storefront.state.admin.product import ProductState
from storefront.state.admin.products import PATH


def product_new(lang: Lang) -> rx.Component:
    """Return the page that makes a product."""
    return admin_page(
        lang,
        "products",
        page_header(t(lang, "admin_products.new"), back=(href(lang, PATH), t(lang, "admin_shell.products"))),
        product_content(lang, is_new=True),
        leave_dialog(lang),
    )


PAGE = AdminPage(
    key="admin_product_new",
    path=f"{PATH}/new",
    build=product_new,
    section="products",
    on_load=(ProductState.load, rx.call_script(PREVIEW)),
    title=lambda lang: f"{t(lang, 'admin_products.new')} · {NAME}",
)

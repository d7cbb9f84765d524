"""One product: changed, given a picture, its stock counted."""

import reflex as rx

from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.product_form import leave_dialog, product_content
from storefront.components.admin.states import nothing
from storefront.components.admin.status import badge
from storefront.components.admin.stock_dialog import stock_dialog
from storefront.components.buttons import button
from storefront.components.icons import icon
from storefront.components.links import anchor, link
from storefront.components.product_card import name_of
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.shop import NAME
from storefront.state.admin.picture import PREVIEW
from storefront.state.admin.product import ProductState
from storefront.state.admin.products import PATH
from storefront.state.admin.stock import StockState

ITEM = ProductState.item


def product(lang: Lang) -> rx.Component:
    """Return the page of a product that there is."""
    return admin_page(
        lang,
        "products",
        rx.cond(
            ITEM.is_missing,
            nothing(
                t(lang, "admin_product.missing_title"),
                t(lang, "admin_product.missing_text"),
                link(t(lang, "admin_product.to_list"), to=href(lang, PATH), class_name="btn btn-secondary"),
            ),
            rx.fragment(_header(lang), product_content(lang, is_new=False)),
        ),
        leave_dialog(lang),
        stock_dialog(lang),
    )


def _header(lang: Lang) -> rx.Component:
    return page_header(
        rx.cond(ITEM.is_loaded, name_of(lang, ITEM), t(lang, "admin_shell.loading")),
        rx.cond(ITEM.archived, badge(t(lang, "admin_products.is_archived")), rx.fragment()),
        rx.cond(
            ITEM.is_loaded & ~ITEM.archived,
            anchor(
                icon("external", 18),
                t(lang, "admin_products.see"),
                href=href(lang, "/product/") + ITEM.slug,
                target="_blank",
                rel="noopener",
                class_name="btn btn-secondary btn-sm",
            ),
            rx.fragment(),
        ),
        rx.cond(
            ITEM.is_loaded,
            button(
                rx.cond(ITEM.archived, icon("undo", 18), icon("archive", 18)),
                rx.cond(ITEM.archived, t(lang, "admin_products.restore"), t(lang, "admin_products.archive")),
                kind="secondary",
                class_name="btn-sm",
                on_click=ProductState.shelve(~ITEM.archived),
            ),
            rx.fragment(),
        ),
        lead=rx.cond(ITEM.changed != "", t(lang, "admin_product.changed_at", at=ITEM.changed), ""),
        back=(href(lang, PATH), t(lang, "admin_shell.products")),
    )


def _title(lang: Lang) -> rx.Var:
    """Return the product's name as the tab's title, once it is known."""
    section = f"{t(lang, 'admin_shell.products')} · {NAME}"
    return rx.cond(ITEM.name != "", name_of(lang, ITEM) + f" · {NAME}", section)


PAGE = AdminPage(
    key="admin_product",
    path=f"{PATH}/[product_id]",
    build=product,
    section="products",
    on_load=(ProductState.load, rx.call_script(PREVIEW), StockState.load_history),
    on_catalogue=StockState.renew,
    title=_title,
)

"""The Reflex app: its pages, its routes beside them, and what happens when a handler fails."""

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import reflex as rx
from reflex.event import EventSpec
from reflex_components_core.base.error_boundary import ErrorBoundary
from starlette.applications import Starlette

from shopkit import log
from storefront import logs, staff_routes
from storefront.bundle import EARLY_ID
from storefront.clients import wiring
from storefront.edge import Edge
from storefront.guard import BackOffice
from storefront.i18n import DEFAULT, t
from storefront.monitoring.looks import count_tabs
from storefront.pages.base import Page
from storefront.pages.not_found import broken_page, not_found
from storefront.session_routes import routes
from storefront.sockets.namespace import bind_tabs, process_id
from storefront.state.admin.moves import send_forgotten
from storefront.theme import PAGE_DARK, PAGE_LIGHT
from storefront.visits import VisitContext

PAGES = (
    "home",
    "menu",
    "product",
    "about",
    "cart",
    "checkout",
    "confirmation",
    "find_order",
    "tracking",
    "login",
    "register",
    "account",
    "admin.overview",
    "admin.analytics",
    "admin.customers",
    "admin.customer",
    "admin.monitoring",
    "admin.audit",
    "admin.orders",
    "admin.order",
    "admin.slip",
    "admin.products",
    "admin.product_new",
    "admin.product",
    "admin.stock",
    "admin.categories",
    "admin.catalogue_import",
)


pages: list[Page] = [import_module(f"storefront.pages.{name}").PAGE for name in PAGES]


def on_error(exception: Exception) -> EventSpec:
    """Log what a handler raised, and tell the shopper no more than that it failed."""
    log.get().error("handler_failed", error=repr(exception), traceback="".join(traceback.format_exception(exception)))
    told: EventSpec = rx.toast.error(f"{t('vi', 'shell.failed')} · {t('en', 'shell.failed')}")
    return told


logs.configure()

app = rx.App(
    html_lang=DEFAULT,
    stylesheets=["/shop.css"],
    reset_style=False,  # Tailwind brings its own
    head_components=[
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        rx.el.meta(name="theme-color", content=PAGE_LIGHT, custom_attrs={"media": "(prefers-color-scheme: light)"}),
        rx.el.meta(name="theme-color", content=PAGE_DARK, custom_attrs={"media": "(prefers-color-scheme: dark)"}),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href="/apple-touch-icon.png"),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
    ],
    # What the edge puts in here is on the screen until the page's script has loaded.
    hydrate_fallback=rx.el.div(
        id=EARLY_ID, custom_attrs={"suppressHydrationWarning": True, "dangerouslySetInnerHTML": {"__html": ""}}
    ),
    toaster=rx.toast.provider(position="bottom-left", rich_colors=False),  # their look and place: shop.css
    backend_exception_handler=on_error,
    api_transformer=[Starlette(routes=[*routes, *staff_routes.routes]), lambda inner: Edge(inner, pages)],
    # Reflex's own overlay brings an icon library; the layout has a quieter notice.
    app_wraps={
        (55, "ErrorBoundary"): lambda _stateful: ErrorBoundary.create(fallback_render=broken_page()),
    },
)

bind_tabs(app)


@asynccontextmanager
async def long_tasks() -> AsyncIterator[None]:
    """Run what the process does besides answering, for as long as it lives."""
    supervisor = wiring.tasks()
    if "seen_by_others" not in supervisor.tasks:
        supervisor.add("seen_by_others", lambda: wiring.shared().be_seen(lambda: process_id(app)))
        supervisor.add("moves", send_forgotten)
    supervisor.start()
    try:
        yield
    finally:
        await supervisor.stop()


app.register_lifespan_task(long_tasks)
count_tabs(lambda: len(app.event_namespace.token_to_sid) if app.event_namespace else 0)
app.add_middleware(VisitContext())
app.add_middleware(BackOffice())

for page in pages:
    page.register(app)

app.add_page(not_found, route="404", title=t(DEFAULT, "meta.not_found_title"))

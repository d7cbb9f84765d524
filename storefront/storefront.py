"""The Reflex app: its pages, its routes beside them, and what happens when a handler fails."""

import json
import logging
import traceback
from importlib import import_module

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from starlette.applications import Starlette

from storefront.edge import edge
from storefront.i18n import DEFAULT, t
from storefront.pages.not_found import not_found
from storefront.session_routes import routes
from storefront.theme import PAGE_DARK, PAGE_LIGHT

PAGES = ("home",)


def on_error(exception: Exception) -> rx.event.EventSpec:
    """Log what a handler raised as one line of JSON, and tell the shopper no more than that it failed."""
    logging.getLogger("storefront").error(
        json.dumps(
            {
                "event": "handler_failed",
                "level": "error",
                "error": repr(exception),
                "traceback": "".join(traceback.format_exception(exception)),
            },
            ensure_ascii=False,
        )
    )
    return rx.toast.error(f"{t('vi', 'shell.failed')} · {t('en', 'shell.failed')}")


app = rx.App(
    html_lang=DEFAULT,
    stylesheets=["/shop.css"],
    head_components=[
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        rx.el.meta(name="theme-color", content=PAGE_LIGHT, custom_attrs={"media": "(prefers-color-scheme: light)"}),
        rx.el.meta(name="theme-color", content=PAGE_DARK, custom_attrs={"media": "(prefers-color-scheme: dark)"}),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
    ],
    toaster=rx.toast.provider(position="bottom-center", offset="1.5rem"),
    backend_exception_handler=on_error,
    api_transformer=[Starlette(routes=routes), edge],
    # Reflex's own overlay brings an icon library; the layout has a quieter notice.
    app_wraps={
        (55, "ErrorBoundary"): lambda _stateful: ErrorBoundary.create(),
    },
)

for name in PAGES:
    import_module(f"storefront.pages.{name}").PAGE.register(app)

app.add_page(not_found, route="404", title=t(DEFAULT, "meta.not_found_title"))

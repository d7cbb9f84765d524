"""Small documents of the site as a whole: sitemap, robots, manifest, health."""

import time
from collections.abc import Sequence
from html import escape

import orjson
from starlette.responses import Response

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.tasks import Supervisor
from storefront import lasting
from storefront.clients.catalog import CatalogClient
from storefront.i18n import DEFAULT, LANGS, href
from storefront.pages.base import Page
from storefront.shop import NAME
from storefront.theme import PAGE_LIGHT

MOST_ADDRESSES = 50_000
"""What the sitemap protocol allows in one file."""


def health() -> Response:
    """Tell that the storefront runs; it needs no other service to serve its pages."""
    return Response(b'{"status":"ok"}', 200, {"cache-control": "no-store"}, "application/json")


def readiness(tasks: Supervisor) -> Response:
    """Tell whether the long tasks of the process run: 503 with what is wrong while one is down or stalled."""
    troubles = tasks.troubles()
    content = {
        "status": "unavailable" if troubles else "ok",
        "tasks": troubles,
        "restarts": {task.name: task.restarts for task in tasks.tasks.values()},
        "pageTasksFailed": lasting.failures(),
    }
    status = 503 if troubles else 200
    return Response(orjson.dumps(content), status, {"cache-control": "no-store"}, "application/json")


def robots(public_url: str) -> Response:
    """Return robots.txt: everything but what is one person's own."""
    closed = ("/cart", "/checkout", "/order/", "/track/", "/account", "/login", "/register", "/language/", "/admin")
    lines = ["User-agent: *", *[f"Disallow: {href(lang, path)}" for path in closed for lang in LANGS]]
    text = "\n".join([*dict.fromkeys(lines), "", f"Sitemap: {public_url}/sitemap.xml", ""])
    return Response(text, media_type="text/plain")


def manifest() -> Response:
    """Return the web app manifest."""
    content = {
        "name": NAME,
        "short_name": NAME,
        "lang": DEFAULT,
        "start_url": "/",
        "display": "standalone",
        "background_color": PAGE_LIGHT,
        "theme_color": PAGE_LIGHT,
        "icons": [{"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }
    return Response(orjson.dumps(content), media_type="application/manifest+json")


async def sitemap(catalog: CatalogClient, pages: Sequence[Page], public_url: str) -> Response:
    """Return every address worth finding, in each language; 503 while the backend is down, for half would mislead."""
    entries = [_entry(page.path, public_url, "") for page in pages if page.indexed and "[" not in page.path]
    after: str | None = None
    deadline = time.monotonic() + 20
    try:
        while len(entries) * len(LANGS) < MOST_ADDRESSES and time.monotonic() < deadline:
            page = await catalog.products(limit=100, sort="newest", after=after)
            entries += [_entry(f"/product/{product.slug}", public_url, "") for product in page.items]
            after = page.next
            if not after:
                break
    except (ServiceProblem, ServiceUnavailable):
        return Response("", 503, {"retry-after": "30"}, "application/xml")
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    )
    return Response(head + "".join(entries) + "</urlset>\n", 200, {"cache-control": "max-age=600"}, "application/xml")


def _entry(path: str, public_url: str, changed: str) -> str:
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang="{lang}" href="{escape(public_url + href(lang, path))}"/>'
        for lang in LANGS
    )
    when = f"<lastmod>{changed}</lastmod>" if changed else ""
    return "".join(
        f"<url><loc>{escape(public_url + href(lang, path))}</loc>{when}{alternates}</url>\n" for lang in LANGS
    )

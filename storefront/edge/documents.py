"""HTML documents: which one a path gets, what is put into it, and how it is sent."""

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shopkit.client import ServiceProblem, ServiceUnavailable
from storefront.access import is_staff_path
from storefront.bundle import EARLY_ID
from storefront.clients import wiring
from storefront.edge import early, meta
from storefront.edge.headers import content_security_policy
from storefront.edge.products import TIMEOUT_S, Products, UnknownProductError
from storefront.i18n import DEFAULT, LANGS, Lang, href, split, t
from storefront.pages.base import Page
from storefront.routes import pattern_of
from storefront.state.menu import find, page_fields, query_fields
from storefront.state.menu_query import MenuQuery

COMPRESSED_KEPT = 500
RETRY_S = 5
_PRODUCT = "/product/[slug]"
_EARLY = re.compile(rf'(<div\b[^>]*\bid="{EARLY_ID}"[^>]*>)')
_STYLESHEET = re.compile(r'<meta (?=[^>]*name="styles")[^>]*content="(?P<path>/assets/[^"]+\.css)"')
_MODULE = re.compile(r'<script type="module".*?</script>|<link rel="modulepreload"[^>]*>', re.DOTALL)
_OG_IMAGE = re.compile(r'<meta content="[^"]*" property="og:image"/>')


class Documents:
    """The build's documents, with what each needs put into it on the way out."""

    def __init__(self, static_dir: Path, pages: Sequence[Page], products: Products, public_url: str) -> None:
        self._products = products
        self._public_url = public_url
        self._dynamic = [(pattern_of(page.path), page) for page in pages if "[" in page.path]
        self._fixed = {page.path: page for page in pages if "[" not in page.path}
        self._fallback = _read(static_dir / "__spa-fallback.html", DEFAULT)
        self._html = {
            (lang, page.path): _read(_file(static_dir, href(lang, page.path)), lang)
            for page in self._fixed.values()
            for lang in LANGS
        }
        # Pages with an address of their own have the frame of one that is prerendered.
        staff_page = next((path for path in self._fixed if is_staff_path(path)), "/menu")
        self._frames = {
            (lang, staff): early.frame_of(self._html[lang, staff_page if staff else "/menu"])
            for lang in LANGS
            for staff in (False, True)
        }
        self._compressed: OrderedDict[str, bytes] = OrderedDict()

    def not_found(self, request: Request) -> Response:
        """Return the 404 page for what is not there for this visitor: without the script, which would show it."""
        return self._not_found(request, split(request.url.path)[0], scripted=False)

    def unavailable(self, request: Request) -> Response:
        """Return the page for a while in which nobody can say what this visitor may see. It asks again by itself."""
        lang = split(request.url.path)[0]
        tags = f'<meta name="robots" content="noindex"><meta http-equiv="refresh" content="{RETRY_S}">'
        html = self._with(lang, t(lang, "meta.unavailable_title"), tags, early.unavailable_main(lang))
        response = self._send(request, _MODULE.sub("", html), 503)
        response.headers["retry-after"] = str(RETRY_S)
        return response

    async def answer(self, request: Request) -> Response:
        """Return the document of the request's path, or the 404 page."""
        lang, path = split(request.url.path)
        if path == "/menu" and request.url.query:
            return self._send(request, await self._filtered_menu(lang, MenuQuery.parse(request.query_params)))
        if page := self._fixed.get(path):
            return self._send(request, self._prerendered(lang, page))
        for pattern, page in self._dynamic:
            if match := pattern.fullmatch(path):
                if page.path == _PRODUCT:
                    return await self._product(request, lang, match[1])
                tags = meta.head(lang, path, public_url=self._public_url, title="", description="", indexed=False)
                html = self._with(lang, page.title_in(lang), tags, early.blank_main(), staff=is_staff_path(path))
                return self._send(request, html)
        return self._not_found(request, lang)

    def _prerendered(self, lang: Lang, page: Page) -> str:
        tags = meta.head(
            lang,
            page.path,
            public_url=self._public_url,
            title=page.title_in(lang),
            description=page.description_in(lang),
            data=meta.shop_data(lang, self._public_url, wiring.terms().known) if page.path in {"/", "/about"} else None,
            indexed=page.indexed,
        )
        return self._html[lang, page.path].replace("</head>", tags + "</head>", 1)

    async def _filtered_menu(self, lang: Lang, query: MenuQuery) -> str:
        title, description = t(lang, "meta.menu_title"), t(lang, "meta.menu_description")
        # Filters give no page of its own to a search engine: the canonical address is the whole menu.
        tags = meta.head(lang, "/menu", public_url=self._public_url, title=title, description=description)
        fields = await _menu_fields(query)
        cards = fields["cards"] if fields else []
        return self._with(lang, title, tags + early.menu_state(fields), early.menu_main(lang, cards))

    async def _product(self, request: Request, lang: Lang, slug: str) -> Response:
        try:
            product = await self._products.get(slug)
        except UnknownProductError:
            return self._not_found(request, lang)
        if product is None:
            title = t(lang, "meta.product_title")
            return self._send(request, self._with(lang, title, "", early.blank_main()))
        title = f"{meta.name_in(lang, product)} · SweetDream"
        description = _first_words(meta.description_in(lang, product)) or t(lang, "meta.product_description")
        tags = f'<meta name="description" content="{escape(description)}">' + meta.head(
            lang,
            f"/product/{product.slug}",
            public_url=self._public_url,
            title=title,
            description=description,
            picture=product.preview or product.image,
            kind="product",
            data=meta.product_data(product, lang, self._public_url),
        )
        html = self._with(lang, title, tags + early.product_state(product), early.product_main(product, lang))
        return self._send(request, html)

    def _not_found(self, request: Request, lang: Lang, *, scripted: bool = True) -> Response:
        tags = '<meta name="robots" content="noindex">'
        html = self._with(lang, t(lang, "meta.not_found_title"), tags, early.not_found_main(lang))
        return self._send(request, html if scripted else _MODULE.sub("", html), 404)

    def _with(self, lang: Lang, title: str, tags: str, main: str, *, staff: bool = False) -> str:
        """Return the fallback document with a title, tags and a first screen, in the shop's frame or the staff's."""
        before, after = self._frames[lang, staff]
        html = self._fallback.replace("</head>", f"<title>{escape(title)}</title>{tags}</head>", 1)
        html = _EARLY.sub(lambda match: match[1] + before + main + after, html, count=1)
        return html.replace(f'<html lang="{DEFAULT}"', f'<html lang="{lang}"', 1)

    def _send(self, request: Request, html: str, status: int = 200) -> Response:
        body = html.encode()
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        headers = {
            "cache-control": "no-cache",
            "content-security-policy": content_security_policy(html),
            "etag": f'W/"{digest}"',
            "vary": "Accept-Encoding",
        }
        if status == 200 and headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            body = self._compress(digest, body)
            headers["content-encoding"] = "gzip"
        return Response(body, status, headers, "text/html")

    def _compress(self, digest: str, body: bytes) -> bytes:
        """Compress a document once: the same one is sent many times."""
        if (known := self._compressed.get(digest)) is not None:
            self._compressed.move_to_end(digest)
            return known
        compressed = self._compressed[digest] = gzip.compress(body, 6, mtime=0)
        while len(self._compressed) > COMPRESSED_KEPT:
            self._compressed.popitem(last=False)
        return compressed


async def _menu_fields(query: MenuQuery) -> dict[str, Any] | None:
    """Return the menu's state for a query, or None when the backend does not answer in time."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            page, categories = await asyncio.gather(find(query), wiring.catalog().categories())
    except (ServiceProblem, ServiceUnavailable, TimeoutError):
        return None
    return query_fields(query) | page_fields(query, page, categories)


def _file(static_dir: Path, address: str) -> Path:
    return static_dir / "index.html" if address == "/" else static_dir / f"{address.lstrip('/')}.html"


def _read(path: Path, lang: Lang) -> str:
    """Return a document of the build with its stylesheet in it. Raises ValueError when it names none."""
    html = _OG_IMAGE.sub("", path.read_text(encoding="utf-8"))
    sheet = _STYLESHEET.search(html)
    if sheet is None:
        raise ValueError(f"{path} names no stylesheet")
    root = next(parent for parent in path.parents if (parent / "assets").is_dir())
    styles = (root / sheet["path"].lstrip("/")).read_text(encoding="utf-8")
    html = html.replace("</head>", f"<style>{styles}</style></head>", 1)
    return html.replace(f'<html lang="{DEFAULT}"', f'<html lang="{lang}"', 1)


def _first_words(text: str, most: int = 160) -> str:
    """Return the beginning of a text, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0].rstrip(",.;") + "…"

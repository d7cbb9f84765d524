"""Who answers a request: the edge itself, or Reflex behind it."""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storefront.access import Standing, is_staff_path, sign_in_path, standing_of
from storefront.clients import wiring
from storefront.edge.documents import Documents
from storefront.edge.headers import cache_control, security_headers
from storefront.edge.media import Media
from storefront.edge.products import Products
from storefront.edge.site import health, manifest, robots, sitemap
from storefront.edge.uploads import Uploads
from storefront.i18n import DEFAULT, LANGS, href, split
from storefront.pages.base import Page
from storefront.session_cookie import COOKIE
from storefront.settings import get_settings
from storefront.sockets.handshake import Handshake

STATIC_DIR = Path(".web/build/client")
LANGUAGE_COOKIE = "lang"
YEAR_S = 31_536_000
_REFLEX = ("/_event", "/ping", "/_health", "/auth/", "/staff/", "/assets/", "/fonts/")
"""What Reflex and the session routes answer."""
_DOTS = frozenset({".", ".."})


class Edge:
    """An ASGI layer. `pages` are the shop's pages, `static_dir` holds the build."""

    def __init__(self, app: ASGIApp, pages: Sequence[Page], static_dir: Path = STATIC_DIR) -> None:
        self.app = app
        settings = get_settings()
        self._products = Products(wiring.catalog())
        self._documents = Documents(static_dir, pages, self._products, settings.public_url)
        self._media = Media(settings.backend_url)
        self._uploads = Uploads(app)
        self._handshake = Handshake(app)
        self._pages = pages
        self._static_dir = static_dir.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await self._handshake(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        answer: ASGIApp
        if not _DOTS.isdisjoint(path.split("/")):
            # Below what Reflex answers, such a path would lead out again, to a document that the edge has to send.
            answer = self._documents.not_found(Request(scope))
        elif path.startswith("/media/"):
            answer = self._media
        elif path.startswith("/_upload"):
            answer = self._uploads
        elif path.startswith(_REFLEX) or self._is_file(path):
            answer = self.app
        else:
            answer = await self._page(Request(scope, receive))
        await answer(scope, receive, _with_headers(send, path, https=get_settings().secure))

    def _is_file(self, path: str) -> bool:
        """Tell whether `path` is one of the build's files, and not a document, which the edge sends itself."""
        name = path.rpartition("/")[2]
        if "." not in name or name.lower().endswith((".html", ".br", ".gz")):
            return False
        try:
            file = (self._static_dir / path.lstrip("/")).resolve()
            return file.is_relative_to(self._static_dir) and file.is_file()
        except (OSError, ValueError):  # a name that no file system takes: too long, or with a NUL in it
            return False

    async def _page(self, request: Request) -> Response:  # noqa: PLR0911 - one return for each kind of address
        path = request.url.path
        if request.method not in {"GET", "HEAD"}:
            return Response("Method not allowed", 405, {"allow": "GET, HEAD"}, "text/plain")
        match path:
            case "/health" | "/livez":
                return health()
            case "/robots.txt":
                return robots(get_settings().public_url)
            case "/manifest.webmanifest":
                return manifest()
            case "/sitemap.xml":
                return await sitemap(wiring.catalog(), self._pages, get_settings().public_url)
        if path.startswith("/language/"):
            return _switch_language(request)
        if path != "/" and path.endswith("/"):
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse("/" + path.strip("/") + query, 308)
        if is_staff_path(split(path)[1]):
            return await self._staff_page(request)
        if split(path)[1] == "/account" and not _session(request):
            # Its script would find out too, and lead to the login; this is quicker, and one page less to fetch.
            return RedirectResponse(_sign_in(request), 303, {"cache-control": "no-store"})
        if path == "/" and request.cookies.get(LANGUAGE_COOKIE) in set(LANGS) - {DEFAULT}:
            # The choice of language is this visitor's alone.
            headers = {"vary": "Cookie", "cache-control": "private, no-store"}
            return RedirectResponse(href(request.cookies[LANGUAGE_COOKIE], "/"), 303, headers)  # type: ignore[arg-type]
        return await self._documents.answer(request)

    async def _staff_page(self, request: Request) -> Response:
        """Answer for an address of the back office: it is there for staff, and for other customers it is not."""
        match await standing_of(_session(request)):
            case Standing.STAFF:
                response = await self._documents.answer(request)
            case Standing.CUSTOMER:
                response = self._documents.not_found(request)
            case Standing.STRANGER:
                response = RedirectResponse(_sign_in(request), 303)
            case Standing.UNKNOWN:
                response = self._documents.unavailable(request)
        response.headers["cache-control"] = "private, no-store"
        response.headers["vary"] = "Cookie, Accept-Encoding"
        return response


def _sign_in(request: Request) -> str:
    lang, path = split(request.url.path)
    return sign_in_path(lang, path + (f"?{request.url.query}" if request.url.query else ""))


def _session(request: Request) -> str:
    return wiring.signer().read_cookie(request.cookies.get(COOKIE, ""))


def _switch_language(request: Request) -> Response:
    """Remember the language of `/language/en`, and go back to the page the visitor came from, in that language."""
    lang = next((lang for lang in LANGS if request.url.path == f"/language/{lang}"), DEFAULT)
    page = request.query_params.get("page", "/")
    referer = request.headers.get("referer", "")
    origin = f"{request.url.scheme}://{request.url.netloc}"
    if referer.startswith((origin + "/", get_settings().origin + "/")):
        page = "/" + referer.split("/", 3)[3]
    path, mark, query = page.partition("?")
    _, path = split(path)
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        path = "/"
    response = RedirectResponse(href(lang, path) + mark + query, 303, {"cache-control": "no-store"})
    response.set_cookie(
        LANGUAGE_COOKIE, lang, max_age=YEAR_S, samesite="lax", secure=get_settings().secure, httponly=True
    )
    return response


def _with_headers(send: Send, path: str, *, https: bool) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            present = {name.lower() for name, _ in headers}
            caching = cache_control(path, message["status"])
            if caching and b"cache-control" not in present:
                headers.append((b"cache-control", caching))
            headers.extend(header for header in security_headers(path) if header[0] not in present)
            if https:
                headers.append((b"strict-transport-security", b"max-age=31536000"))
            message = {**message, "headers": headers}
        await send(message)

    return sender

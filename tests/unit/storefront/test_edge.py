"""The edge: documents, their tags and headers, media, and what happens while the backend is away."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import reflex as rx

from shopkit.client import ServiceClient
from shopkit.tasks import Supervisor
from storefront.clients import wiring
from storefront.clients.catalog import CatalogClient
from storefront.edge import Edge
from storefront.edge.media import Media
from storefront.pages.base import Page
from storefront.session_cookie import COOKIE
from storefront.snapshot import load_snapshot

HOSTILE = '</script><script>alert(1)</script> & "quoted"'
Handler = Callable[[httpx.Request], httpx.Response]


def product(**change: Any) -> dict[str, Any]:
    summary = load_snapshot().menu.items[0].model_dump(by_alias=True, mode="json")
    times = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    return {**summary, "description": "Mềm", "descriptionEn": "Soft", "allergens": ["milk"], **times, **change}


class Picture(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"<svg/>"


def backend(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path == "/api/products/hostile":
        return httpx.Response(200, json=product(slug="hostile", name=HOSTILE, nameEn=HOSTILE, description=HOSTILE))
    if path == "/api/products/mousse":
        return httpx.Response(200, json=product(slug="mousse"))
    if path == "/api/products":
        return httpx.Response(200, json=load_snapshot().menu.model_dump(by_alias=True, mode="json"))
    if path == "/api/categories":
        return httpx.Response(200, json=[c.model_dump(by_alias=True) for c in load_snapshot().categories])
    if path == "/media/a.svg":
        headers = {"content-type": "image/svg+xml", "etag": '"1"', "x-internal": "1"}
        return httpx.Response(200, stream=Picture(), headers=headers)
    return httpx.Response(404, json={"title": "x", "status": 404, "code": "not_found", "detail": "x"})


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    styles = '<meta name="styles" content="/assets/a.css"/>'
    head = f'<!DOCTYPE html><html lang="vi"><head><title>T</title>{styles}</head>'
    frame = '<div lang="vi"><header>H</header><main id="main">M</main><footer>F</footer></div>'
    body = f"<body>{frame}<script>run()</script>"
    for name in ("index", "menu", "cart", "account", "en", "en/menu", "en/cart", "en/account"):
        file = tmp_path / f"{name}.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{head}{body}</body></html>", encoding="utf-8")
    (tmp_path / "__spa-fallback.html").write_text(
        f'{head}<body><div id="early" class="x"></div><script>run()</script></body></html>', encoding="utf-8"
    )
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.css").write_text("body{color:red}", encoding="utf-8")
    return tmp_path


async def behind(scope: Any, receive: Any, send: Any) -> None:
    """Stand in for Reflex."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"reflex"})


def page(key: str, path: str, *, indexed: bool = True) -> Page:
    return Page(key=key, path=path, build=rx.fragment, indexed=indexed)


PAGES = [
    page("home", "/"),
    page("menu", "/menu"),
    page("product", "/product/[slug]"),
    page("cart", "/cart", indexed=False),
    page("order", "/order/[order_id]", indexed=False),
    page("account", "/account", indexed=False),
]


@pytest.fixture
def browse(static_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], httpx.AsyncClient]:
    def client(handler: Handler) -> httpx.AsyncClient:
        transport = httpx.MockTransport(handler)
        catalog = CatalogClient(ServiceClient("backend", "http://backend", transport=transport))
        monkeypatch.setattr(wiring, "catalog", lambda: catalog)
        edge = Edge(behind, PAGES, static_dir)
        edge._media = Media("http://backend", transport)
        return httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="http://127.0.0.1:3000")

    return client


Browse = Callable[[Handler], httpx.AsyncClient]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_a_product_is_in_its_document(browse: Browse) -> None:
    answer = await browse(backend).get("/en/product/mousse")
    name = product()["nameEn"]
    assert answer.status_code == 200
    assert '<html lang="en"' in answer.text
    assert f"<title>{name} · SweetDream</title>" in answer.text
    assert '<link rel="canonical" href="http://127.0.0.1:3000/en/product/mousse">' in answer.text
    assert "<header>H</header>" in answer.text
    assert "<footer>F</footer>" in answer.text
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text)[0])
    assert data["name"] == name
    assert [offer["price"] for offer in data["offers"]] == [size["price"] for size in product()["sizes"]]
    early = json.loads(re.findall(r'<script type="application/json" id="early-state">(.*?)</script>', answer.text)[0])
    (fields,) = early.values()
    assert fields["product_rx_state_"]["slug"] == "mousse"


async def test_a_hostile_name_stays_a_name(browse: Browse) -> None:
    text = (await browse(backend).get("/product/hostile")).text
    assert "<script>alert(1)" not in text
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)[0])
    assert data["name"] == HOSTILE
    assert "&lt;/script&gt;" in text


@pytest.mark.parametrize(
    "path",
    [
        "/a%00.js",
        f"/{'a' * 300}.js",
        "/product/unknown",
        "/nothing",
        "/en/nothing",
        "/product",
        "/product/a/b",
        "/product/%00",
        "/product/%2e%2e",
    ],
)
async def test_what_is_not_there_is_404(browse: Browse, path: str) -> None:
    answer = await browse(backend).get(path)
    assert answer.status_code == 404
    assert "noindex" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_the_shop_is_served_while_the_backend_is_away(browse: Browse) -> None:
    client = browse(away)
    for path in ("/", "/menu", "/menu?category=mousse", "/product/mousse"):
        assert (await client.get(path)).status_code == 200, path
    assert (await client.get("/media/a.svg")).status_code == 502
    assert (await client.get("/sitemap.xml")).status_code == 503


async def test_a_filtered_menu_brings_its_cakes_along(browse: Browse) -> None:
    text = (await browse(backend).get("/menu?category=mousse&sort=price")).text
    early = json.loads(re.findall(r'id="early-state">(.*?)</script>', text)[0])
    (fields,) = early.values()
    assert fields["category_rx_state_"] == "mousse"
    assert len(fields["cards_rx_state_"]) == len(load_snapshot().menu.items)
    assert '<link rel="canonical" href="http://127.0.0.1:3000/menu">' in text


async def test_documents_are_revalidated_and_compressed(browse: Browse) -> None:
    client = browse(backend)
    first = await client.get("/menu", headers={"accept-encoding": "gzip"})
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-encoding"] == "gzip"
    assert "<style>body{color:red}</style>" in first.text
    again = await client.get("/menu", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await client.get("/menu", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(gzip.compress(plain.content)) > 0


async def test_the_policy_names_the_inline_scripts(browse: Browse) -> None:
    policy = (await browse(backend).get("/menu")).headers["content-security-policy"]
    assert "'sha256-" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "frame-ancestors 'none'" in policy


async def test_hashed_files_are_kept_for_ever(browse: Browse) -> None:
    client = browse(backend)
    assert "immutable" in (await client.get("/assets/x-1234.js")).headers["cache-control"]
    assert (await client.get("/assets/x-1234.js")).headers["x-content-type-options"] == "nosniff"


async def test_pages_of_ones_own_are_not_indexed(browse: Browse) -> None:
    client = browse(backend)
    assert "noindex" in (await client.get("/cart")).text
    assert "noindex" in (await client.get("/order/0190")).text


async def raw(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Ask for a path that a client would tidy up first."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "headers": [(b"host", b"127.0.0.1:3000")],
        "query_string": b"",
        "scheme": "http",
        "server": ("127.0.0.1", 3000),
    }
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await client._transport.app(scope, receive, send)  # type: ignore[attr-defined]
    return sent


async def test_a_slash_at_the_end_is_dropped_and_leads_to_no_other_site(browse: Browse) -> None:
    client = browse(backend)
    assert (await client.get("/menu/?q=a")).headers["location"] == "/menu?q=a"
    (start, *_) = await raw(client, "//evil.example/")
    assert (b"location", b"/evil.example") in start["headers"]


@pytest.mark.parametrize(
    ("referer", "target", "location"),
    [
        ("http://127.0.0.1:3000/menu?q=dau", "/language/en", "/en/menu?q=dau"),
        ("http://127.0.0.1:3000/en/product/a", "/language/vi", "/product/a"),
        ("", "/language/en?page=/about", "/en/about"),
        ("http://evil.example/x", "/language/en", "/en"),
        ("", "/language/vi?page=//evil.example", "/"),
        ("", "/language/vi?page=https://evil.example", "/"),
        ("http://127.0.0.1:3000//evil.example", "/language/vi", "/"),
    ],
)
async def test_the_language_switch_leads_back(browse: Browse, referer: str, target: str, location: str) -> None:
    answer = await browse(backend).get(target, headers={"referer": referer})
    assert answer.status_code == 303
    assert answer.headers["location"] == location
    assert answer.headers["set-cookie"].startswith("lang=")


@pytest.mark.parametrize(("path", "login"), [("/account", "/login"), ("/en/account", "/en/login")])
async def test_without_a_session_there_is_no_account_to_show(browse: Browse, path: str, login: str) -> None:
    client = browse(backend)
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{login}?next={path.replace('/', '%2F')}")
    cookie = f"{COOKIE}={wiring.signer().cookie('0190')}"
    assert (await client.get(path, headers={"cookie": cookie})).status_code == 200


async def test_the_language_is_remembered_at_the_door(browse: Browse) -> None:
    client = browse(backend)
    assert (await client.get("/", headers={"cookie": "lang=en"})).headers["location"] == "/en"
    assert (await client.get("/", headers={"cookie": "lang=xx"})).status_code == 200


async def test_media_comes_from_the_backend(browse: Browse) -> None:
    client = browse(backend)
    answer = await client.get("/media/a.svg")
    assert (answer.content, answer.headers["etag"]) == (b"<svg/>", '"1"')
    assert "x-internal" not in answer.headers
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await client.post("/media/a.svg")).status_code == 405


@pytest.mark.parametrize("path", ["/media/", "/media/../api/products", "/media/%2e%2e/x", "/media/.env", "/media/a//b"])
async def test_media_paths_are_checked(browse: Browse, path: str) -> None:
    (start, *_) = await raw(browse(backend), path)
    assert start["status"] == 404


async def test_only_reading_is_allowed(browse: Browse) -> None:
    answer = await browse(backend).post("/menu")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_the_sitemap_names_every_language(browse: Browse) -> None:
    text = (await browse(backend).get("/sitemap.xml")).text
    slug = load_snapshot().menu.items[0].slug
    assert f"<loc>http://127.0.0.1:3000/product/{slug}</loc>" in text
    assert f"<loc>http://127.0.0.1:3000/en/product/{slug}</loc>" in text
    assert "/cart" not in text


async def test_health_needs_nobody_else(browse: Browse) -> None:
    assert (await browse(away).get("/health")).json() == {"status": "ok"}


async def test_it_is_ready_once_its_long_tasks_run(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = Supervisor()
    monkeypatch.setattr(wiring, "tasks", lambda: tasks)
    tasks.add("hanging", asyncio.Event().wait)
    browser = browse(away)
    answer = await browser.get("/readyz")
    assert (answer.status_code, answer.json()["tasks"]) == (503, {"hanging": "down"})
    tasks.start()
    await asyncio.sleep(0)
    try:
        answer = await browser.get("/readyz")
        assert (answer.status_code, answer.json()["status"], answer.json()["tasks"]) == (200, "ok", {})
    finally:
        await tasks.stop()

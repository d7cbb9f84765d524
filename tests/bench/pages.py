"""Pages in a real browser: what they weigh, and when the first cakes are seen on a slow phone connection."""

from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from launcher.browser import find_or_install
from tests.bench.report import Line

PATHS = ("/", "/menu", "/product/mousse-chanh-day")
RUNS = 5
WEIGHT_KB = 170
VISIBLE_MS = 700
MAX_SHIFT = 0.05
NAVIGATION_MS = 150
# Slow 4G as Lighthouse has it: 1.6 Mbit/s, 150 ms to and fro, a phone's processor.
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWDOWN = 4
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

# Element timing is not to be had for every picture; a frame after the first card is laid out and drawn is.
WATCH = """
window.shift = 0
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value })
    .observe({type: 'layout-shift', buffered: true})
const look = () => {
    const card = document.querySelector('main article, main h1')
    const painted = performance.getEntriesByName('first-contentful-paint')[0]
    if (card && card.getBoundingClientRect().height > 0 && painted) window.visible = Math.max(painted.startTime, 0)
    else requestAnimationFrame(look)
}
requestAnimationFrame(look)
"""


def _cold(browser: Browser, url: str, path: str, *, slow: bool) -> tuple[float, float, float]:
    """Return milliseconds to the first cake, layout shift, and KB of scripts and styles, with nothing cached."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        kinds: dict[str, str] = {}
        sizes: dict[str, float] = {}
        session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        session.on(
            "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
        )
        if slow:
            session.send("Network.emulateNetworkConditions", NETWORK)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        page.add_init_script(WATCH)
        page.goto(url + path)
        page.wait_for_function("window.visible !== undefined", timeout=60_000)
        page.locator("main[data-ready=true]").wait_for(timeout=60_000)
        weight = sum(size for request, size in sizes.items() if kinds.get(request) in {"Script", "Stylesheet"}) / 1024
        return page.evaluate("window.visible"), page.evaluate("window.shift"), weight
    finally:
        context.close()


def _inside(page: Page) -> float:
    """Return milliseconds from a click on a cake to its page."""
    return float(
        page.evaluate(
            """() => new Promise(done => {
                const began = performance.now()
                const check = () => location.pathname.startsWith('/product/') && document.querySelector('main h1')
                    ? done(performance.now() - began) : requestAnimationFrame(check)
                document.querySelector('main article a').click()
                check()
            })"""
        )
    )


def measure(url: str) -> list[Line]:
    """Measure the shopper's pages of a running storefront."""
    lines: list[Line] = []
    chrome = find_or_install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chrome, args=QUIET)
        for path in PATHS:
            runs = [_cold(browser, url, path, slow=True) for _ in range(RUNS)]
            visible, shift, weight = (median(run[part] for run in runs) for part in range(3))
            lines += [
                Line(f"{path}: scripts and styles", f"{weight:.0f} KB", f"{WEIGHT_KB} KB", WEIGHT_KB / weight, 1.0),
                Line(
                    f"{path}: first cake, slow 4G", f"{visible:.0f} ms", f"{VISIBLE_MS} ms", VISIBLE_MS / visible, 1.0
                ),
                Line(f"{path}: layout shift", f"{shift:.3f}", f"{MAX_SHIFT}", MAX_SHIFT / max(shift, 0.001), 1.0),
            ]
        page = browser.new_page(viewport={"width": 390, "height": 844})
        times = []
        for _ in range(RUNS):
            page.goto(url + "/menu")
            page.locator("main[data-ready=true]").wait_for()
            times.append(_inside(page))
        within = median(times[1:])
        lines.append(
            Line("page change inside the app", f"{within:.0f} ms", f"{NAVIGATION_MS} ms", NAVIGATION_MS / within, 1.0)
        )
        browser.close()
    return lines

"""`python -m tests.bench`: measure this machine, in this run."""

import argparse

from rich.console import Console

from launcher import storefront
from tests.bench import admin, analytics, api, history, orders, pages
from tests.bench.place import free_port, place
from tests.bench.report import Line, show

PARTS = ("api", "orders", "admin", "analytics", "pages")
ADMIN_PRODUCTS = 10_000


def main() -> None:
    """Measure what the arguments name."""
    arguments = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    arguments.add_argument("--products", type=int, nargs="+", default=[1_600, 160_000], help="sizes of the catalogue")
    arguments.add_argument("--seconds", type=float, default=4.0, help="length of each measurement")
    arguments.add_argument("--events", type=int, default=10_000_000, help="events of 90 days, for analytics")
    arguments.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    arguments.add_argument("parts", metavar="part", nargs="*", help=f"the same: {', '.join(PARTS)}")
    wanted = arguments.parse_args()
    if unknown := set(wanted.parts) - set(PARTS):
        arguments.error(f"there is no part {', '.join(sorted(unknown))}")
    wanted.only = wanted.parts or wanted.only
    console = Console()
    if set(wanted.only) & {"api", "orders"}:
        with place() as here:
            for products in sorted(wanted.products):
                console.print(f"seeding {products:,} products …")
                took = here.seed(products)
                lines = [Line("seeding", f"{took:.0f} s")]
                if "api" in wanted.only:
                    lines += api.measure(here, wanted.seconds)
                if "orders" in wanted.only:
                    lines += orders.measure(here, wanted.seconds)
                show(f"{products:,} products", lines)
    if "admin" in wanted.only:
        with place() as here:
            console.print(f"seeding {ADMIN_PRODUCTS:,} products and {history.ORDERS:,} orders …")
            here.seed(ADMIN_PRODUCTS)
            show("back office", admin.measure(here, min(wanted.seconds, 2.0)))
    if "analytics" in wanted.only:
        with place() as here:
            show(f"reports over {wanted.events:,} events", analytics.measure(here, wanted.events, console.print))
    if "pages" in wanted.only:
        with place() as here:
            here.seed(0)
            with orders.services(here) as urls:
                told = here.environment("backend", **{f"{name.upper()}_URL": url for name, url in urls.items()})
                snapshot = here.folder / "snapshot.json"
                storefront.fetch_snapshot(snapshot, urls["backend"])
                storefront.build(snapshot, told, here.folder / "build.log")
                port = free_port()
                told["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
                with here.serving("storefront.app:app", told, port) as url:
                    show("pages", pages.measure(url))


if __name__ == "__main__":
    main()

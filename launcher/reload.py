"""`./dev dev` for the storefront: build again and serve anew when its sources change.

Reflex's own development server would serve pages without the edge in front of them: no pictures, no documents per
product. A build takes seconds, and what one sees is what is shipped. The services reload by themselves.
"""

import threading
from collections.abc import Callable

from watchfiles import PythonFilter, watch

from launcher.errors import LauncherError
from launcher.paths import ROOT

WATCHED = ("storefront", "shopkit", "assets")
EXTENSIONS = (".toml", ".json", ".css", ".js", ".svg")


def rebuild_on_change(build: Callable[[], None], serve_anew: Callable[[], None], say: Callable[[str], None]) -> None:
    """Watch the storefront's sources from a thread that ends with the process."""

    def run() -> None:
        folders = [ROOT / name for name in WATCHED]
        for changes in watch(*folders, watch_filter=PythonFilter(extra_extensions=EXTENSIONS)):
            say(f"{len(changes)} file(s) changed; building the storefront")
            try:
                build()
            except (LauncherError, OSError) as error:  # the sources are wrong, or the disk is full
                say(str(error))
                continue
            serve_anew()

    threading.Thread(target=run, name="storefront-reload", daemon=True).start()

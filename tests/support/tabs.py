"""A tab without a browser: speaks the storefront's websocket by hand, and says whatever a test wants said."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

from storefront.state.search import SearchState
from storefront.state.session import SessionState
from tests.support.storefront import Site

NAMESPACE = "/_event"
HYDRATE = "reflex___state____state.hydrate_and_load"
ROOT = "reflex___state____state"
SESSION = SessionState.get_full_name()
SUGGEST = f"{SearchState.get_full_name()}.suggest"
PATIENCE_S = 30.0


class Tab:
    """A connected tab. `vars` holds what the server sent of its States, `scripts` the events it sent to the page.

    `heard` is everything it said, as it said it.
    """

    def __init__(self, socket: ClientConnection, token: str) -> None:
        self.socket = socket
        self.token = token
        self.vars: dict[str, dict[str, Any]] = {}
        self.scripts: list[dict[str, Any]] = []
        self.heard = ""

    def fire(self, name: str, payload: dict[str, Any] | None = None, path: str = "/") -> None:
        """Send an event, as the page at `path` would."""
        event = {"name": name, "payload": payload or {}, "router_data": _router_data(path)}
        self.socket.send(f"42{NAMESPACE}," + json.dumps(["event", event]))

    def hear(self, until: Callable[[], object]) -> None:
        """Take in what the server says until a condition holds. Raises AssertionError if that takes too long."""
        deadline = time.monotonic() + PATIENCE_S
        while not until():
            left = deadline - time.monotonic()
            assert left > 0, f"the server has not said it; last it said {self.heard[-500:]}"
            with suppress(TimeoutError):
                self._take(self.socket.recv(left))

    def hear_out(self, path: str = "/") -> None:
        """Take in all that the server has to say to what was fired: a last, harmless event is answered after it."""
        word = f"zz{uuid.uuid4().hex[:12]}"
        self.fire(SUGGEST, {"where": "header", "text": word}, path)
        self.hear(lambda: word in self.heard)

    def is_hydrated(self) -> bool:
        """Tell whether the page has everything with which it begins."""
        return bool(self.vars.get(ROOT, {}).get("is_hydrated_rx_state_"))

    def session(self) -> dict[str, Any]:
        """Return what the server says of the tab's person, by names without Reflex's suffix."""
        return {name.removesuffix("_rx_state_"): value for name, value in self.vars.get(SESSION, {}).items()}

    def _take(self, message: str | bytes) -> None:
        text = message if isinstance(message, str) else message.decode()
        if text == "2":
            self.socket.send("3")
        if not text.startswith(f"42{NAMESPACE},"):
            return
        name, *data = json.loads(text.partition(",")[2])
        self.heard += json.dumps(data, ensure_ascii=False)
        if name == "new_token":
            self.token = data[0]
        elif name == "event":
            for state, changed in (data[0].get("delta") or {}).items():
                self.vars.setdefault(state, {}).update(changed)
            self.scripts += data[0].get("events") or []


def _router_data(path: str) -> dict[str, Any]:
    return {"pathname": path, "asPath": path, "query": {}}


@contextmanager
def open_tab(
    site: Site, *, token: str = "", cookie: str = "", path: str = "/", query: str | None = None
) -> Iterator[Tab]:
    """Connect a tab that shows `path`, with a token of its own unless it is given one, and a Cookie header if any.

    `query` stands in the address where `token=…` does otherwise.
    """
    token = token or str(uuid.uuid4())
    query = f"token={token}" if query is None else query
    address = urlsplit(site.url)
    headers = {"Cookie": cookie} if cookie else {}
    url = f"ws://{address.netloc}{NAMESPACE}/?EIO=4&transport=websocket&{query}"
    with connect(url, origin=site.url, additional_headers=headers, max_size=2**24) as socket:  # type: ignore[arg-type]
        tab = Tab(socket, token)
        assert str(socket.recv(10)).startswith("0")
        boot = {"event": {"name": HYDRATE, "payload": {}, "router_data": _router_data(path)}}
        socket.send(f"40{NAMESPACE}," + json.dumps(boot))
        tab.hear(tab.is_hydrated)
        yield tab

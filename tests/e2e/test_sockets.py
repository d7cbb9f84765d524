"""A websocket that misbehaves is closed, costs a short log line, and harms nobody else."""

import json
import time
import uuid
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from storefront.i18n import t
from storefront.sockets.events import MAX_ROUTE
from storefront.sockets.limits import BURST, MAX_MESSAGE_BYTES
from storefront.state.cart import CartState
from storefront.state.session import SessionState
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site
from tests.support.tabs import PATIENCE_S, SUGGEST, Tab, open_tab

RESTORE = f"{SessionState.get_full_name()}.restore"
SECRET = uuid.uuid4().hex


def event(**parts: Any) -> str:
    return "42/_event," + json.dumps(["event", parts])


NONSENSE: dict[str, str | bytes] = {
    "no packet": f"x{SECRET}",
    "an unknown packet": f"9{SECRET}",
    "another namespace": f'42/admin,["event",{{"name":"{SECRET}"}}]',
    "another message": f'42/_event,["{SECRET}",1]',
    "no JSON": f'42/_event,["event",{{"name":"{SECRET}"',
    "JSON without an end": '42/_event,["event",' + "[" * 50_000,
    "bytes": SECRET.encode(),
    "no data": '42/_event,["event"]',
    "a number for an event": '42/_event,["event",5]',
    "an event without a name": event(payload={"password": SECRET}),
    "no such handler": event(name=SECRET, payload={"password": SECRET}),
    "other arguments": event(name=RESTORE, payload={"password": SECRET}),
    "missing arguments": event(name=SUGGEST, payload={"text": SECRET}),
    "a list of arguments": event(name=RESTORE, payload=[SECRET]),
    "a query of another kind": event(name=RESTORE, router_data={"pathname": SECRET, "query": [1]}),
    "a path of another kind": event(name=RESTORE, router_data={"pathname": 5}),
    "a long address": event(name=RESTORE, router_data={"pathname": "/", "asPath": SECRET * (MAX_ROUTE // 32 + 1)}),
    "too large a message": event(name=RESTORE, payload={"x": SECRET * (MAX_MESSAGE_BYTES // 32)}),
}


def ends(tab: Tab, *messages: str | bytes) -> None:
    """Say something, and expect the socket to be closed for it."""
    with pytest.raises(ConnectionClosed):  # noqa: PT012 - at which message is chance
        for message in messages:
            tab.socket.send(message)
        while True:
            tab.socket.recv(10)


def socket_closings(log: str) -> list[str]:
    """Return the lines of a log, whole ones, that tell that a socket was closed."""
    whole = log[: log.rfind("\n") + 1].splitlines()
    return [line for line in whole if json.loads(line)["event"] == "socket_closed"]


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_closes_the_socket_and_stays_out_of_the_log(site: Site, kind: str) -> None:
    written = len(site.shop.log("storefront"))
    with open_tab(site) as tab:
        ends(tab, *[NONSENSE[kind]] * 3)
    closed = kind != "too large a message"  # that one the server closes, before it is here
    deadline = time.monotonic() + PATIENCE_S
    while len(socket_closings(told := site.shop.log("storefront")[written:])) < closed:
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    assert len(socket_closings(told)) == closed
    assert SECRET not in told
    assert len(told) < 2_000
    with open_tab(site) as tab:
        assert tab.session()["is_signed_in"] is False


def test_too_many_messages_close_the_socket(site: Site) -> None:
    with open_tab(site) as tab:
        ends(tab, *[event(name=RESTORE, payload={})] * (BURST + 100))


def test_longer_text_than_people_write_is_refused_kindly(site: Site) -> None:
    with open_tab(site, path="/en/menu") as tab:
        tab.fire(SUGGEST, {"where": "header", "text": "x" * 5_000}, "/en/menu")
        tab.hear(lambda: t("en", "shell.too_long") in str(tab.scripts))
        assert "x" * 50 not in tab.heard
        # The tab goes on.
        tab.fire(SUGGEST, {"where": "header", "text": "tiramisu"}, "/en/menu")
        tab.hear(lambda: "tiramisu-co-dien" in tab.heard)


def test_somebody_elses_tab_does_not_notice(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/")
    with open_tab(site) as tab:
        ends(tab, *[event(name=f"{CartState.get_full_name()}.load", payload={})] * (BURST + 100))
    steps.put_in_cart(page)

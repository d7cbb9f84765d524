"""Orders that this browser remembers, so that whoever closed the tab finds theirs again without an account.

They are in the browser's own storage, number and tracking token of each, the newest first; signing out takes them away.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import orjson
import reflex as rx
from reflex.event import EventSpec

REMEMBERED = "sweetdream.orders"
"""The localStorage entry that holds them."""

MOST = 8

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_NUMBER = re.compile(r"SD-\d{1,16}")
_READ = f"JSON.parse(localStorage.getItem('{REMEMBERED}')||'[]')"


@dataclass(frozen=True)
class Remembered:
    """An order that the browser remembers."""

    number: str
    token: str


def remember(number: str, token: str) -> EventSpec:
    """Return the event by which the browser remembers an order."""
    entry = json.dumps([number, token])
    script: EventSpec = rx.call_script(
        f"try{{const e={entry};localStorage.setItem('{REMEMBERED}',"
        f"JSON.stringify([e,...{_READ}.filter(o=>o[1]!==e[1])].slice(0,{MOST})))}}catch(e){{}}"
    )
    return script


def forget(tokens: list[str] | None = None) -> EventSpec:
    """Return the event by which the browser forgets some orders, or all of them."""
    kept = f"{_READ}.filter(o=>!{json.dumps(tokens)}.includes(o[1]))" if tokens is not None else "[]"
    script: EventSpec = rx.call_script(
        f"try{{localStorage.setItem('{REMEMBERED}',JSON.stringify({kept}))}}"
        f"catch(e){{try{{localStorage.removeItem('{REMEMBERED}')}}catch(e){{}}}}"
    )
    return script


def recall(callback: Any) -> EventSpec:
    """Return the event that tells `callback` what the browser remembers, as text for `parse`."""
    script: EventSpec = rx.call_script(
        f"(()=>{{try{{return localStorage.getItem('{REMEMBERED}')||'[]'}}catch(e){{return '[]'}}}})()",
        callback=callback,
    )
    return script


def parse(text: str) -> list[Remembered]:
    """Return the orders that a browser says it remembers; what is none is left out."""
    try:
        entries = orjson.loads(text[:2_000])
    except ValueError:
        return []
    if not isinstance(entries, list):
        return []
    found = [
        Remembered(entry[0], entry[1])
        for entry in entries[:MOST]
        if isinstance(entry, list)
        and len(entry) == 2
        and all(isinstance(part, str) for part in entry)
        and _NUMBER.fullmatch(entry[0])
        and _TOKEN.fullmatch(entry[1])
    ]
    return list({one.token: one for one in found}.values())

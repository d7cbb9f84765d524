"""Whose tab a connection is.

Reflex keeps a tab's State under a token that the page makes up and puts into the websocket's address. Addresses are
logged and shared; a token alone must therefore be worth nothing. So the State is kept under an id made from the token
and from a key that only this browser has, in a cookie that no script reads. From another browser the same token leads
to another, empty State.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping

from starlette.responses import Response

from storefront.session_cookie import COOKIE_AGE_S
from storefront.settings import get_settings

BROWSER_COOKIE = "sweetdream_browser"
BROWSER_COOKIE_AGE_S = 12 * COOKIE_AGE_S
_KEY = re.compile(r"[\w-]{32}", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def new_browser_key() -> str:
    """Return a key for a browser that has none."""
    return secrets.token_urlsafe(24)


def give_key(response: Response, key: str) -> None:
    """Have the browser keep a key, out of reach of scripts and of other sites."""
    response.set_cookie(
        BROWSER_COOKIE,
        key,
        max_age=BROWSER_COOKIE_AGE_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=get_settings().secure,
    )


def browser_key(cookies: Mapping[str, str]) -> str:
    """Return the browser's key among a request's cookies, or "" if it has none that we made."""
    key = cookies.get(BROWSER_COOKIE, "")
    return key if _KEY.fullmatch(key) else ""


def is_token(text: str) -> bool:
    """Tell whether a text is a token as the page's script makes them."""
    return _TOKEN.fullmatch(text) is not None


def tab_id(browser: str, token: str) -> str:
    """Return the id under which the State of a browser's tab is kept."""
    return hashlib.blake2b(token.encode(), digest_size=24, key=browser.encode()).hexdigest()

"""The browser's session: a signed cookie only our routes set, and the short-lived codes that carry a session to it.

A State cannot set an HttpOnly cookie, for it talks over a websocket; and the websocket sees the cookie only as it was
when it connected. So a session travels between the two as a code: signed, good for a minute, and usable once.
"""

import re
import secrets
from typing import Literal, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.requests import cookie_parser

from storefront.shared import Shared

COOKIE = "sweetdream_session"
COOKIE_AGE_S = 30 * 24 * 3600
CODE_AGE_S = 60
DEVICE_COOKIE = "sweetdream_device"
"""Holds the user service's device token: with it, others' wrong guesses do not keep the person out on this device."""
DEVICE_COOKIE_AGE_S = 180 * 24 * 3600
_DEVICE_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")

Purpose = Literal["exchange", "adopt"]
"""`exchange`: from a State to the cookie. `adopt`: from the cookie to another tab's State."""


class Redeemed(NamedTuple):
    """What a code carried: a session id ("" for a code that is no good), and a new device token or ""."""

    sid: str
    device: str = ""


def device_in(header: str) -> str:
    """Return the device token in a request's Cookie header, or ""."""
    value = cookie_parser(header).get(DEVICE_COOKIE, "")
    return value if _DEVICE_TOKEN.fullmatch(value) else ""


class SessionSigner:
    """Signs and reads cookies and codes. `shared` remembers which codes were used, until they expire."""

    def __init__(self, secret: str, shared: Shared) -> None:
        self._cookies = URLSafeSerializer(secret, salt="sweetdream.cookie")
        self._codes = URLSafeTimedSerializer(secret, salt="sweetdream.code")
        self._shared = shared

    def cookie(self, sid: str) -> str:
        """Return the cookie's value for a session id."""
        return str(self._cookies.dumps(sid))

    def read_cookie(self, value: str) -> str:
        """Return the session id in a cookie's value, or "" if it is none of ours."""
        try:
            sid = self._cookies.loads(value)
        except BadSignature:
            return ""
        return sid if isinstance(sid, str) else ""

    def read_header(self, header: str) -> str:
        """Return the session id in a request's Cookie header, or ""."""
        return self.read_cookie(cookie_parser(header).get(COOKIE, ""))

    def code(self, sid: str, purpose: Purpose, device: str = "") -> str:
        """Return a code for a session, good once and for a minute; it may carry a device token to the browser."""
        return str(self._codes.dumps([purpose, sid, secrets.token_urlsafe(12), device]))

    async def redeem(self, code: str, purpose: Purpose) -> Redeemed:
        """Return what the code carries: nothing if it is forged, expired, used, or meant for something else."""
        try:
            kind, sid, nonce, device = self._codes.loads(code, max_age=CODE_AGE_S)
        except (BadSignature, ValueError, TypeError):
            return Redeemed("")
        # Good until the last of its seconds, so remembered for one more.
        if kind != purpose or not await self._shared.first(f"code:{nonce}", CODE_AGE_S + 1):
            return Redeemed("")
        return Redeemed(str(sid), str(device))

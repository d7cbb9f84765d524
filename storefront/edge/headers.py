"""Security headers and caching."""

import base64
import hashlib
import re

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
IMMUTABLE = b"public, max-age=31536000, immutable"

_INLINE_SCRIPT = re.compile(r"<script(?P<attributes>(?:\s[^>]*)?)>(?P<code>.*?)</script>", re.DOTALL)


def security_headers(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers an answer carries; a script or font by itself needs no more than the first."""
    return SECURITY_HEADERS[:1] if path.startswith(("/assets/", "/fonts/")) else SECURITY_HEADERS


def cache_control(path: str, status: int) -> bytes | None:
    """Return how long a file may be kept: hashed and versioned names for ever, other files an hour."""
    if status not in {200, 206, 304}:
        return None
    if path.startswith(("/assets/", "/fonts/")):
        return IMMUTABLE
    return b"public, max-age=3600" if "." in path.rpartition("/")[2] else None


def content_security_policy(html: str) -> str:
    """Return the policy of a document: it may run the shop's files and its own inline scripts, named by their hash.

    'unsafe-eval' is Reflex's price: the events that a state sends to run a script in the page are evaluated.
    """
    hashes = {
        base64.b64encode(hashlib.sha256(match["code"].encode()).digest()).decode()
        for match in _INLINE_SCRIPT.finditer(html)
        if " src=" not in match["attributes"] and "application/" not in match["attributes"]
    }
    scripts = " ".join(f"'sha256-{digest}'" for digest in sorted(hashes))
    return (
        f"default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    )

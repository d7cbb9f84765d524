"""The storefront's logs: as every service's, but for what must not stand in them."""

import logging
import re

from shopkit import log
from storefront.settings import get_settings

_SECRETS = re.compile(r"""(?<=[?&]token=)[^&\s"']+|(?<='cookie': )(?:'[^']*'|"[^"]*")""")
_QUOTES_INPUT = "reflex_base.event.processor.base_state_processor"
"""Warns of arguments it cannot convert, and quotes them: what somebody typed, a password too."""


class _Redacting(logging.Filter):
    """Takes out tabs' tokens and cookies.

    The server logs the addresses of websockets, whatever it is told of access logs; Reflex logs an event that fails,
    with the headers of its connection.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except Exception:
            return True  # its arguments do not fit: whoever writes it out deals with that
        if "token=" in text or "'cookie'" in text:
            record.msg, record.args = _SECRETS.sub("[redacted]", text), None
        return True


def configure() -> None:
    """Send this process's logs to stdout as JSON lines."""
    log.configure("storefront", get_settings().log_level)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Redacting())
    # With a level, these two do not write to stderr by themselves, several lines at a time.
    for name in (_QUOTES_INPUT, "engineio.server", "socketio.server"):
        logging.getLogger(name).setLevel(logging.ERROR)

"""The storefront's logs: as every service's, but for what must not stand in them."""

import logging
import re

from shopkit import log
from storefront.settings import get_settings

_TOKENS = re.compile(r"(?<=[?&]token=)[^&\s\"']+")
_QUOTES_INPUT = "reflex_base.event.processor.base_state_processor"
"""Warns of arguments it cannot convert, and quotes them: what somebody typed, a password too."""


class _Redacting(logging.Filter):
    """Takes tabs' tokens out of addresses. The server logs those of websockets, whatever it is told of access logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "token=" in text:
            record.msg, record.args = _TOKENS.sub("[redacted]", text), None
        return True


def configure() -> None:
    """Send this process's logs to stdout as JSON lines."""
    log.configure("storefront", get_settings().log_level)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Redacting())
    logging.getLogger(_QUOTES_INPUT).setLevel(logging.ERROR)

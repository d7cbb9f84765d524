"""Addresses of pages: `/product/[slug]` is one page at many addresses."""

import re


def pattern_of(path: str) -> re.Pattern[str]:
    """Return what the addresses of a page match, without their language; each `[name]` is a group."""
    return re.compile("([^/]+)".join(re.escape(part) for part in re.split(r"\[\w+\]", path)))

"""Visits: what a caller may name one, whether it may be recorded, and which visitors are no people."""

import re
from collections.abc import Mapping

VISIT_HEADER = "X-Session-Id"
VISIT_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"

OPT_OUT_HEADERS = ("Sec-GPC", "DNT")
"""Global Privacy Control and Do Not Track: `1` asks not to be recorded."""
OPT_OUT = {OPT_OUT_HEADERS[0]: "1"}
"""What a service sends along with a call on behalf of somebody who is not to be recorded."""

# Words of which a crawler's, a preview's or a monitor's user agent has at least one; browsers' have none.
_CRAWLER = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|facebookexternalhit|whatsapp|telegram|embedly|preview|lighthouse|pingdom|"
    r"uptime|monitor|curl/|wget/|python-|httpx|aiohttp|go-http|java/|okhttp|axios|node-fetch|scrapy|feed",
    re.IGNORECASE,
)


def is_crawler(user_agent: str) -> bool:
    """Tell whether a user agent is a program's that says so. One without a name is taken for a program too."""
    return not user_agent.strip() or _CRAWLER.search(user_agent) is not None


def opts_out(headers: Mapping[str, str]) -> bool:
    """Tell whether a request asks not to be recorded. Header names are looked up in lower case."""
    return any(headers.get(name.lower()) == "1" for name in OPT_OUT_HEADERS)

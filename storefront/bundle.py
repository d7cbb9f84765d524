"""What the build does to Reflex's bundle beyond compiling it."""

import re
from pathlib import Path
from typing import Any

from reflex_base.plugins import Plugin

_BAKED = re.compile(r"""(["'`])(?P<scheme>http|ws)://localhost:\d+(?P<path>/[^"'`]*)\1""")


class PortableBundle(Plugin):
    """Make one build work on any host, port and scheme.

    Reflex bakes the backend's address into the bundle; here it becomes the address the page came from.
    """

    def post_build(self, **context: Any) -> None:
        """Rewrite the baked addresses. Raises RuntimeError when Reflex no longer writes them where they were."""
        static_dir: Path = context["static_dir"]
        rewritten = 0
        for script in (static_dir / "assets").glob("reflex-env-*.js"):
            text, count = _BAKED.subn(_relative, script.read_text(encoding="utf-8"))
            script.write_text(text, encoding="utf-8")
            rewritten += count
        if not rewritten:
            raise RuntimeError("the bundle holds no backend address to rewrite; has Reflex changed its layout?")


def _relative(match: re.Match[str]) -> str:
    origin = "location.origin" if match["scheme"] == "http" else 'location.origin.replace(/^http/,"ws")'
    return f'({origin}+"{match["path"]}")'

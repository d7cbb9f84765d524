"""What the build does to Reflex's bundle beyond compiling it."""

import re
from pathlib import Path
from typing import Any

from reflex_base.plugins import Plugin

EARLY_ID = "early"
"""The element of the fallback document that the edge fills with a page's first screen."""
EARLY_STATE = "early-state"
"""The element in which the edge sends the state that goes with it."""

_BAKED = re.compile(r"""(["'`])(?P<scheme>http|ws)://localhost:\d+(?P<path>/[^"'`]*)\1""")
_CONTEXT = "utils/context.jsx"
_INITIAL_STATE = re.compile(r"^export const initialStateHashes = ", re.MULTILINE)
_MERGE = f"""if (typeof document !== "undefined") {{
  const early = document.getElementById("{EARLY_STATE}");
  for (const [name, vars] of Object.entries(early ? JSON.parse(early.textContent) : {{}}))
    Object.assign(initialState[name] ?? {{}}, vars);
}}
"""


class PortableBundle(Plugin):
    """Make one build work on any host, and start from the state that came with the document.

    Reflex bakes the backend's address into the bundle; here it becomes the address the page came from.
    """

    def pre_compile(self, **context: Any) -> None:
        """Merge what the edge sent into the initial state, before anything renders."""
        context["add_modify_task"](_CONTEXT, _start_early)

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


def _start_early(code: str) -> str:
    merged, count = _INITIAL_STATE.subn(lambda match: _MERGE + match[0], code, count=1)
    if not count:
        raise RuntimeError("the bundle's initial state is not where it was; has Reflex changed its layout?")
    return merged


def _relative(match: re.Match[str]) -> str:
    origin = "location.origin" if match["scheme"] == "http" else 'location.origin.replace(/^http/,"ws")'
    return f'({origin}+"{match["path"]}")'

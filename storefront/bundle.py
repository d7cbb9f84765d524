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


_DOCUMENT = "app/_document.js"
_STYLE_LINKS = (
    'jsx("link",{as:"style",href:reflexGlobalStyles,rel:"preload"},),'
    'jsx("link",{href:reflexGlobalStyles,rel:"stylesheet",type:"text/css"},)'
)
_STYLES_NAMED = 'jsx("meta",{name:"styles",content:reflexGlobalStyles},)'
_VITE = "vite.config.js"
_ALIASES = "alias: ["
_PLAIN_JSX = (
    """{ find: "@emotion/react", replacement: fileURLToPath(new URL("./utils/plain-jsx.js", import.meta.url)) },"""
)

_STATE = "utils/state.js"
_UUID = re.compile(r"^export const generateUUID = \(\) => \{.*?^\};$", re.MULTILINE | re.DOTALL)
# Not crypto.randomUUID, which a page without HTTPS does not have.
_DRAWN = """export const generateUUID = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};"""


class ShopBundle(Plugin):
    """Make one build work on any host, start from the state that came with the document, and carry less.

    Tokens of tabs are drawn from the browser's own source of randomness; Reflex takes Math.random.

    Reflex bakes the backend's address into the bundle; here it becomes the address the page came from. It creates every
    element through emotion, for styles given as props; the shop's looks are classes, so React's own function does.
    """

    def pre_compile(self, **context: Any) -> None:
        """Merge what the edge sent into the initial state, before anything renders; leave emotion out."""
        context["add_modify_task"](_CONTEXT, _start_early)
        context["add_save_task"](lambda: ("utils/plain-jsx.js", 'export { createElement as jsx } from "react";\n'))
        # The edge sends the stylesheet inside the document: one round trip less, and nothing to fetch twice.
        # While developing there is no edge, and these links have another form.
        context["add_modify_task"](_DOCUMENT, lambda code: code.replace(_STYLE_LINKS, _STYLES_NAMED))
        context["add_modify_task"](_VITE, _leave_emotion_out)
        context["add_modify_task"](_STATE, _draw_tokens)

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


def _leave_emotion_out(code: str) -> str:
    if _PLAIN_JSX in code:
        return code
    if _ALIASES not in code:
        raise RuntimeError("the bundler's aliases are not where they were; has Reflex changed its layout?")
    return code.replace(_ALIASES, f"{_ALIASES}\n      {_PLAIN_JSX}", 1)


def _draw_tokens(code: str) -> str:
    if _DRAWN in code:
        return code
    drawn, count = _UUID.subn(lambda _: _DRAWN, code, count=1)
    if not count:
        raise RuntimeError("the bundle makes its tokens elsewhere; has Reflex changed its layout?")
    return drawn


def _relative(match: re.Match[str]) -> str:
    origin = "location.origin" if match["scheme"] == "http" else 'location.origin.replace(/^http/,"ws")'
    return f'({origin}+"{match["path"]}")'

"""Vietnamese and English. Every page is compiled once per language, so a text is looked up at build time.

`t(lang, "menu.title")` reads `<lang>/menu.toml`; URLs carry the language: `/menu` is Vietnamese, `/en/menu` English.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

Lang = Literal["vi", "en"]
LANGS: tuple[Lang, ...] = ("vi", "en")
DEFAULT: Lang = "vi"


@cache
def table(lang: Lang) -> dict[str, str]:
    """Return every text of a language by its key, `area.name`."""
    texts: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / lang).glob("*.toml")):
        for name, text in tomllib.loads(path.read_text(encoding="utf-8")).items():
            texts[f"{path.stem}.{name}"] = text
    return texts


def t(lang: Lang, key: str, **params: Any) -> str:
    """Return the text of `key` with its `{placeholders}` filled in; a Reflex Var may be given for one.

    Raises KeyError for a key that the language has not.
    """
    text = table(lang)[key]
    return text.format(**params) if params else text


def href(lang: Lang, path: str) -> str:
    """Return the address of `path` (which starts with a slash, and may carry a query) in a language."""
    if lang == DEFAULT:
        return path
    return f"/{lang}" if path == "/" else f"/{lang}{path}"


def split(path: str) -> tuple[Lang, str]:
    """Take an address apart: `/en/menu` is ("en", "/menu"), `/menu` is ("vi", "/menu")."""
    for lang in LANGS:
        if lang != DEFAULT and (path == f"/{lang}" or path.startswith(f"/{lang}/")):
            return lang, path[len(lang) + 1 :] or "/"
    return DEFAULT, path


class _HasRouter(Protocol):
    router: Any


def language_of(state: _HasRouter) -> Lang:
    """Return the language of the page that an event handler's state belongs to."""
    return split(state.router.url.path)[0]

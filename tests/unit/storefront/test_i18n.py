"""Both languages say the same things, and nothing that no page says."""

import re
from pathlib import Path
from string import Formatter

import pytest

from storefront.i18n import LANGS, href, split, t, table

ROOT = Path(__file__).resolve().parents[3]
BUILT_KEYS = re.compile(r"""["']([a-z_]+\.[a-z0-9_]*)\{""")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_tables_have_the_same_keys_and_placeholders() -> None:
    vi, en = table("vi"), table("en")
    assert vi.keys() == en.keys()
    assert {key for key in vi if placeholders(vi[key]) != placeholders(en[key])} == set()


def test_no_text_is_empty() -> None:
    assert {(lang, key) for lang in LANGS for key, text in table(lang).items() if not text.strip()} == set()


def test_every_text_is_said_somewhere() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "storefront").rglob("*.py")))
    literal = set(re.findall(r"""["']([a-z_]+\.[a-z0-9_]+)["']""", source))
    built = tuple(BUILT_KEYS.findall(source))
    names = set(re.findall(r"""["']([a-z0-9_]+)["']""", source))

    def said(key: str) -> bool:
        return key in literal or key.partition(".")[2] in names or key.startswith(tuple(p for p in built if p))

    assert {key for key in table("vi") if not said(key)} == set()


def test_placeholders_are_filled_in() -> None:
    assert t("vi", "menu.count", count=28) == "28 loại bánh"
    assert t("en", "menu.count", count=28) == "28 to choose from"
    with pytest.raises(KeyError):
        t("vi", "menu.no_such_text")


@pytest.mark.parametrize(
    ("lang", "path", "address"),
    [("vi", "/", "/"), ("vi", "/menu", "/menu"), ("en", "/", "/en"), ("en", "/menu?q=a", "/en/menu?q=a")],
)
def test_addresses_carry_the_language(lang: str, path: str, address: str) -> None:
    assert href(lang, path) == address  # type: ignore[arg-type]
    assert split(address) == (lang, path)


def test_a_path_that_only_begins_like_a_language_is_vietnamese() -> None:
    assert split("/enough") == ("vi", "/enough")

"""What people type into the search field, turned into what PostgreSQL looks for."""

import re

from shopkit.text import fold

MAX_WORDS = 8
_WORD = re.compile(r"[^\W_]+")


def words_query(text: str) -> str | None:
    """Return a tsquery in which every word of `text` must begin a word of the product, or None without words.

    "Bánh đậu" becomes "banh:* & dau:*". Only letters and digits pass, so nothing typed can be query syntax.
    """
    words = _WORD.findall(fold(text))[:MAX_WORDS]
    return " & ".join(f"{word}:*" for word in words) or None

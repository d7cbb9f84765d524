"""Whole numbers as people read them: `counted(lang, MenuState.total)` is "1.600" in Vietnamese, "1,600" in English."""

from typing import Any

import reflex as rx
from reflex.vars.base import var_operation, var_operation_return

from storefront.i18n import Lang


@var_operation
def _grouped(count: Any, lang: Any) -> Any:
    return var_operation_return(js_expression=f"({count}).toLocaleString({lang})", var_type=str)


def counted(lang: Lang, count: Any) -> rx.Var[str]:
    """Return a number that a State tells with its thousands set apart; `format_count` does it for one known here."""
    text: rx.Var[str] = _grouped(count, lang)  # type: ignore[no-untyped-call]
    return text

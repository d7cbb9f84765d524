"""Money is whole Vietnamese dong in an int; there are no fractions to round."""

NO_BREAK_SPACE = "\u00a0"


def format_vnd(amount: int) -> str:
    """Return `amount` VND as people in Vietnam write it: 299000 becomes "299.000 ₫"."""
    return f"{amount:,}".replace(",", ".") + f"{NO_BREAK_SPACE}₫"

"""A line of the cart made ready to show, with what is wrong with it in words."""

from dataclasses import dataclass

from shopkit.contracts.cart import CartItem
from shopkit.money import format_vnd
from storefront.i18n import Lang, t
from storefront.state.catalog import PLACEHOLDER, unbroken

LIMIT = 99
"""Pieces of one size in a cart, at most: the wire's limit."""


@dataclass
class CartLine:
    """A line ready to show. `problem` is "", "price", "short" or "gone", and `problem_text` says it in words."""

    id: int
    product_id: int
    slug: str
    name: str
    size: str
    image: str
    quantity: int
    price_text: str
    total_text: str
    stock: int
    most: int
    problem: str = ""
    problem_text: str = ""
    mend_text: str = ""


def show_line(item: CartItem, lang: Lang) -> CartLine:
    """Return a line of the backend's cart ready to show in a language."""
    line = CartLine(
        id=item.id,
        product_id=item.product_id,
        slug=item.slug,
        name=unbroken(item.name_en if lang == "en" and item.name_en else item.name),
        size=item.size,
        image=item.image or PLACEHOLDER,
        quantity=item.quantity,
        price_text=format_vnd(item.price),
        total_text=format_vnd(item.line_total),
        stock=item.stock,
        most=min(item.stock, LIMIT),
    )
    if not item.available and (item.stock == 0 or item.stock >= item.quantity):
        line.problem, line.mend_text = "gone", t(lang, "cart.remove")
        line.problem_text = t(lang, "cart.problem_gone")
    elif not item.available:
        line.problem, line.mend_text = "short", t(lang, "cart.take_left", count=item.stock)
        line.problem_text = t(lang, "cart.problem_short", count=item.stock)
    elif item.price != item.price_when_added:
        line.problem, line.mend_text = "price", t(lang, "cart.accept_price")
        line.problem_text = t(lang, "cart.problem_price", old=format_vnd(item.price_when_added), new=line.price_text)
    return line

"""Ordering again what was ordered before: what is left of it goes into the cart, and what is not is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shopkit.client import ServiceProblem
from shopkit.contracts.cart import Cart
from shopkit.contracts.orders import OrderLine
from storefront.clients import wiring
from storefront.i18n import t
from storefront.state.session import SessionState


@dataclass
class Reordered:
    """How many pieces went into the cart, and the names of what did not, or not all of it."""

    added: int = 0
    missing: list[str] = field(default_factory=list)


async def put_again(state: SessionState, lines: Sequence[OrderLine]) -> Reordered:
    """Put an order's lines into the cart of who uses the tab. Raises what `SessionState._call` raises."""
    lang, done = state._language(), Reordered()
    for line in lines:
        count = await _add(state, line.product_id, line.size, line.quantity)
        done.added += count
        if count < line.quantity:
            name = line.name_en if lang == "en" and line.name_en else line.name
            done.missing.append(t(lang, "order.again_some", name=name, count=count) if count else name)
    return done


async def _add(state: SessionState, product_id: int, size: str, quantity: int) -> int:
    """Add as many as there are; return how many that was."""
    for attempt in (1, 2):
        wanted = quantity

        async def request(token: str, wanted: int = wanted) -> Cart:
            return await wiring.carts().add(product_id, size, wanted, token)

        try:
            await state._call(request)
        except ServiceProblem as problem:
            if problem.code == "insufficient_stock" and attempt == 1:
                quantity = min((int(line.get("available", 0)) for line in problem.body.get("lines", [])), default=0)
                if quantity > 0:
                    continue
            if problem.status in {404, 409}:
                return 0
            raise
        return quantity
    return 0

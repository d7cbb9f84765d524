"""The history of stock: staff's changes of it, each with its move. Orders' moves are written where they are made."""

from backend.catalog import repository
from backend.catalog.models import Product, Size
from backend.staff import Work
from backend.stock.models import StockMoveRow
from shopkit.contracts.catalog import MAX_STOCK, StockChange, StockMoveKind
from shopkit.errors import Conflict, Invalid


def add(work: Work, size: Size, kind: StockMoveKind, delta: int, stock: int, reason: str = "") -> None:
    """Note that a size's stock moved by `delta` and is `stock` now."""
    move = StockMoveRow(
        product_id=size.product_id,
        size=size.code,
        kind=kind.value,
        delta=delta,
        stock=stock,
        reason=reason,
        actor_id=work.person.id,
    )
    work.session.add(move)


async def change(work: Work, product_id: int, code: str, wanted: StockChange) -> None:
    """Set a size's stock, or move it by a number that may be negative.

    Raises:
        Invalid: `stock_or_delta`, neither was sent, or both.
        Conflict: `stock_changed`, it is not what the caller expected; `stock_out_of_range`. Both tell `available`.
    """
    if (wanted.stock is None) == (wanted.delta is None):
        raise Invalid("Send either `stock` or `delta`.", code="stock_or_delta")
    size = await repository.size(work.session, product_id, code)
    before = size.stock
    if wanted.expected is not None and wanted.expected != before:
        raise Conflict(f"The stock is {before} by now.", code="stock_changed", available=before)
    stock = wanted.stock if wanted.stock is not None else before + (wanted.delta or 0)
    if not 0 <= stock <= MAX_STOCK:
        raise Conflict(f"The stock would be {stock}; there are {before}.", code="stock_out_of_range", available=before)
    if stock == before:
        return
    size.stock = stock
    kind = StockMoveKind.ADJUSTED if wanted.stock is None else StockMoveKind.SET
    add(work, size, kind, stock - before, stock, wanted.reason)
    product = await work.session.get(Product, product_id)
    assert product is not None  # a foreign key says so
    after = {"stock": stock, **({"reason": wanted.reason} if wanted.reason else {})}
    action, label = f"stock.{kind.value.lower()}", product.size_label(code)
    await work.record(action, product_id, label, before={"stock": before}, after=after)
    await repository.tell_changed(work.session, product_id)

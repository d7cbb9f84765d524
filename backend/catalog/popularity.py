"""How often products were sold.

A product has twelve indexes, two of them by its popularity, so counting each sale there would write all of them anew. A
confirmed order adds to `sold_count` instead, where an update touches no index. From there the counts are moved to the
products now and then, many sales at once.
"""

from backend.locks import HOUSEKEEPING
from shopkit.db import Database
from shopkit.housekeeping import deleting, in_steps

# Products are locked first and counts second, each by id, as everywhere; a product in use has its turn next time.
MOVE_COUNTS = """
with due as (
    select product_id from sold_count order by product_id limit %(batch)s
), products as (
    select p.id from product p join due on due.product_id = p.id order by p.id for no key update of p skip locked
), counts as (
    select c.product_id from sold_count c join products on products.id = c.product_id
    order by c.product_id for update of c
), counted as (
    delete from sold_count c using counts where c.product_id = counts.product_id returning c.product_id, c.pieces
)
update product p set popularity = p.popularity + counted.pieces from counted where p.id = counted.product_id
"""


async def bring_up_to_date(database: Database) -> int:
    """Add what was sold to the products' popularity, in small steps; return how many products that was."""
    return await in_steps(database, HOUSEKEEPING, deleting(MOVE_COUNTS))

"""How many products a list has, and what filtering it further would give."""

from typing import Any

import orjson

from backend.catalog import queries
from backend.catalog.listing import Connection, Listing, Match, where
from shopkit.contracts.catalog import Occasion


async def read(connection: Connection, listing: Listing, match: Match) -> tuple[int, str]:
    """Return how many products `listing` has over all its pages, and its facets as JSON.

    One pass counts by category, stock and occasions, under all other filters. Each facet is then added up as if its own
    filter were not set. A filter by price costs a second pass: what there is at other prices.
    """

    async def grouped(*but: str) -> list[tuple[Any, ...]]:
        base = where(listing, match, but=("category", "in_stock", "occasion", *but))
        found = await connection.execute(queries.facets(base.clause), base.values, prepare=match.prepare)
        return await found.fetchall()

    groups = await grouped()
    at_any_price = groups
    if listing.min_price is not None or listing.max_price is not None:
        at_any_price = await grouped("min_price", "max_price")

    def chosen(
        *, category: bool = True, stock: bool = True, occasion: bool = True, among: list[tuple[Any, ...]] = groups
    ) -> list[tuple[Any, ...]]:
        return [
            group
            for group in among
            if group[2]
            and (not category or listing.category in {None, group[0]})
            and (not stock or not listing.in_stock or group[1])
            and (not occasion or listing.occasion is None or listing.occasion in group[5])
        ]

    by_category = dict.fromkeys((group[0] for group in groups), 0)
    for slug, _, count, *_ in chosen(category=False):
        by_category[slug] += count
    by_occasion = dict.fromkeys((one for one in Occasion if any(one in (group[5] or ()) for group in groups)), 0)
    for _, _, count, _, _, occasions in chosen(occasion=False):
        for one in occasions:
            by_occasion[one] += count
    listed = chosen()
    facets = {
        "categories": [{"slug": slug, "count": count} for slug, count in by_category.items()],
        "occasions": [{"occasion": one, "count": count} for one, count in by_occasion.items()],
        "minPrice": min((group[3] for group in chosen(among=at_any_price)), default=None),
        "maxPrice": max((group[4] for group in chosen(among=at_any_price)), default=None),
        "inStock": sum(group[2] for group in chosen(stock=False) if group[1]),
    }
    return sum(group[2] for group in listed), orjson.dumps(facets).decode()

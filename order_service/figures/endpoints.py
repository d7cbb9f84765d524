"""HTTP of what orders come to, for staff."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from order_service.figures import queries, service
from order_service.http import ServiceDep
from shopkit.auth import Admin
from shopkit.clock import shop_day
from shopkit.contracts.base import MAX_ID, ShopDay
from shopkit.contracts.orders import CustomerOrders, OrderStats
from shopkit.http import Db, as_json

router = APIRouter(prefix="/api/orders", tags=["orders, staff"])

Day = Annotated[ShopDay | None, Query(description="A day in the shop's time zone; today without it.")]
UserIds = Annotated[
    list[Annotated[int, Query(ge=1, le=MAX_ID)]], Query(alias="userIds", max_length=100, default_factory=list)
]


@router.get("/stats", responses={200: {"model": OrderStats}}, summary="Sum up a shop day")
async def stats(db: Db, shop: ServiceDep, _: Admin, day: Day = None) -> Response:
    """Sum up a shop day beside the same weekday of the week before, up to the same time of day."""
    now = shop.clock.now()
    async with db.pool.connection() as connection:
        found = await service.stats(connection, day or shop_day(now), now)
    return as_json(found.model_dump_json(by_alias=True))


@router.get("/customers", responses={200: {"model": list[CustomerOrders]}}, summary="Sum up what people ordered")
async def customers(db: Db, _: Admin, user_ids: UserIds) -> Response:
    """Sum up what each of the people asked for has ordered, in the order asked; nothing is zero, not missing."""
    values = {"user_ids": list(dict.fromkeys(user_ids))}
    async with db.pool.connection() as connection:
        row = await (await connection.execute(queries.CUSTOMERS, values)).fetchone()
    assert row is not None  # an aggregate
    return as_json(row[0])

"""What the shop promises: what delivery costs, where it goes, and when a cake comes."""

from datetime import datetime, timedelta

from order_service.settings import OrderSettings
from shopkit.clock import SHOP_ZONE
from shopkit.contracts.orders import DeliveryTerms


def terms(settings: OrderSettings, now: datetime) -> DeliveryTerms:
    """Return the terms, and when a cake would come that is ordered `now`."""
    expected_from, expected_until = expected(settings, now)
    return DeliveryTerms(
        fee=settings.delivery_fee,
        free_from=settings.free_delivery_from,
        opens_at=settings.opens_at,
        closes_at=settings.closes_at,
        same_day_until=settings.same_day_until,
        next_day_by=settings.next_day_by,
        area=settings.delivery_area,
        area_en=settings.delivery_area_en,
        expected_from=expected_from,
        expected_until=expected_until,
    )


def expected(settings: OrderSettings, placed_at: datetime) -> tuple[datetime, datetime]:
    """Return between when a cake comes, or is ready at the counter, that is ordered at `placed_at`.

    The same day, from when the shop is open until it closes; after the last hour for that, the next morning.
    """
    local = placed_at.astimezone(SHOP_ZONE)
    if local.time() < settings.same_day_until:
        opens = datetime.combine(local.date(), settings.opens_at, SHOP_ZONE)
        return max(placed_at, opens), datetime.combine(local.date(), settings.closes_at, SHOP_ZONE)
    tomorrow = local.date() + timedelta(days=1)
    return (
        datetime.combine(tomorrow, settings.opens_at, SHOP_ZONE),
        datetime.combine(tomorrow, settings.next_day_by, SHOP_ZONE),
    )

"""What the order service is told."""

from datetime import time
from typing import Self

from pydantic import Field, model_validator

from shopkit.contracts.orders import USUAL_TERMS
from shopkit.settings import ServiceSettings


class OrderSettings(ServiceSettings):
    """The order service's settings. Times are the shop's own, by its clock on the wall: `SAME_DAY_UNTIL=15:30`."""

    pieces_per_line: int = Field(default=50, ge=1, description="Of one cake in one order.")
    pieces_per_order: int = Field(default=100, ge=1)
    open_pieces_per_person: int = Field(default=150, ge=1, description="Ordered and not yet delivered, so not paid.")
    orders_per_person: int = Field(default=20, ge=1, description="In a window, as the two that follow.")
    orders_per_address: int = Field(default=60, ge=1)
    pieces_per_address: int = Field(default=300, ge=1)
    orders_window_s: int = Field(default=3_600, ge=1)
    lookups_per_address: int = Field(default=20, ge=1, description="Of an order by its number and phone.")
    lookups_per_number_at_address: int = Field(default=10, ge=1, description="Of one order from one address.")
    lookup_window_s: int = Field(default=900, ge=1)
    lookups_per_number: int = Field(
        default=200,
        ge=1,
        description="Of one order from all addresses together: few for guessing a phone number, and more than anybody "
        "can use up from a few addresses to keep the order's owner out.",
    )
    lookups_of_number_window_s: int = Field(default=3_600, ge=1)
    keep_request_days: int = Field(
        default=7, ge=1, description="For so long an Idempotency-Key answers the order that was placed under it."
    )
    delivery_fee: int = Field(default=USUAL_TERMS.fee, ge=0, description="VND.")
    free_delivery_from: int = Field(
        default=USUAL_TERMS.free_from, ge=0, description="Order sum in VND from which delivery is free."
    )
    opens_at: time = USUAL_TERMS.opens_at
    closes_at: time = USUAL_TERMS.closes_at
    same_day_until: time = Field(
        default=USUAL_TERMS.same_day_until,
        description="What is ordered before it comes the same day.",
    )
    next_day_by: time = Field(default=USUAL_TERMS.next_day_by, description="When the next day's orders have come.")
    delivery_area: str = Field(default=USUAL_TERMS.area, min_length=1, description="Where the shop delivers.")
    delivery_area_en: str = Field(default=USUAL_TERMS.area_en, min_length=1, description="The same in English.")
    delivery_area_names: list[str] = Field(
        default=["Hồ Chí Minh", "HCM", "TPHCM", "HCMC", "Sài Gòn", "Saigon"],
        description="Names of the area in addresses, as a JSON list. An address that names another province instead "
        "is refused.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.opens_at < self.same_day_until <= self.closes_at:
            raise ValueError("OPENS_AT, SAME_DAY_UNTIL and CLOSES_AT must follow one another")
        if not self.opens_at < self.next_day_by <= self.closes_at:
            raise ValueError("NEXT_DAY_BY must lie between OPENS_AT and CLOSES_AT")
        return self

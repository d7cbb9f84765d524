"""What the order service is told."""

from pydantic import Field

from shopkit.settings import ServiceSettings


class OrderSettings(ServiceSettings):
    """The order service's settings."""

    delivery_fee: int = Field(default=30_000, ge=0, description="VND.")
    pieces_per_line: int = Field(default=50, ge=1, description="Of one cake in one order.")
    pieces_per_order: int = Field(default=100, ge=1)
    open_pieces_per_person: int = Field(default=150, ge=1, description="Ordered and not yet delivered, so not paid.")
    orders_per_person: int = Field(default=20, ge=1, description="In a window, as the two that follow.")
    orders_per_address: int = Field(default=60, ge=1)
    pieces_per_address: int = Field(default=300, ge=1)
    orders_window_s: int = Field(default=3_600, ge=1)
    lookups_per_address: int = Field(default=20, ge=1, description="Of an order by its number and phone.")
    lookups_per_number: int = Field(default=20, ge=1)
    lookup_window_s: int = Field(default=900, ge=1)
    keep_request_days: int = Field(
        default=7, ge=1, description="For so long an Idempotency-Key answers the order that was placed under it."
    )
    free_delivery_from: int = Field(default=500_000, ge=0, description="Order sum in VND from which delivery is free.")

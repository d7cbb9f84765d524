"""What the order service is told."""

from pydantic import Field

from shopkit.settings import ServiceSettings


class OrderSettings(ServiceSettings):
    """The order service's settings."""

    delivery_fee: int = Field(default=30_000, ge=0, description="VND.")
    free_delivery_from: int = Field(default=500_000, ge=0, description="Order sum in VND from which delivery is free.")

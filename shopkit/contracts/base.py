"""Bases of every wire type: camelCase JSON outside, snake_case Python inside."""

from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

MAX_ID = 2**53 - 1
"""Largest id accepted: what JavaScript clients can hold exactly."""


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Makes a strict integer take 2.0 for 2: in JSON, and so in our OpenAPI documents, they are the same number."""

Id = Annotated[int, Field(strict=True, ge=1, le=MAX_ID), WHOLE]
"""A row's id in a request body. Strict: "1" and true are not ids."""

Quantity = Annotated[int, Field(strict=True, ge=1, le=99), WHOLE]
"""Pieces of one cake in one line."""

MAX_ORDERED = 99 * 100
"""Pieces of one size in one order: its lines may all name the same one."""

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
ShopDay = Annotated[
    date,
    Field(
        ge=FIRST_DAY,
        le=LAST_DAY,
        # JSON Schema has no bounds of dates of its own; these are the names that validators which have them take.
        json_schema_extra={"formatMinimum": FIRST_DAY.isoformat(), "formatMaximum": LAST_DAY.isoformat()},
        description=f"A day in the shop's time zone, from {FIRST_DAY} to {LAST_DAY}.",
    ),
]
"""A day in the shop's time zone."""

MAX_OFFSET = 10_000
"""How deep a page number may go. OFFSET walks over what it skips; `after` goes on at any depth for page 1's price."""

MAX_PRICE = 2_000_000_000
"""VND of one piece, at most."""

Vnd = Annotated[int, Field(strict=True, ge=0, le=MAX_PRICE), WHOLE]
"""Whole Vietnamese dong; the currency has no smaller unit in use."""


MAX_FIELDS = 50
"""No request has as many fields."""


class Request(BaseModel):
    """What a client sends. Unknown fields are refused, so that a typo is never silently ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_floods(cls, data: Any) -> Any:
        """Refuse at once what has more fields than any request: each would be refused one by one."""
        if isinstance(data, dict) and len(data) > MAX_FIELDS:
            raise PydanticCustomError("too_many_fields", "There are too many fields.")
        return data


class Reply(BaseModel):
    """What a service answers. Unknown fields are ignored, so that a service may add some."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, from_attributes=True, hide_input_in_errors=True
    )


T = TypeVar("T")


class Page(Reply, Generic[T]):
    """One page of a list. `page` counts from 1; `pages` is 0 for an empty list."""

    items: list[T]
    page: int
    limit: int
    total: int
    pages: int


class Problem(BaseModel):
    """An error as RFC 9457 problem+json. `code` is stable and meant for programs; extra members may follow."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = Field(default=None, alias="requestId")

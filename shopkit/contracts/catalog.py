"""Products and categories, as the backend tells them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shopkit.contracts.base import WHOLE, Id, Page, Reply, Request, Vnd
from shopkit.text import FILLED_LINE_PATTERN, Block, Line

FILLED = {"pattern": FILLED_LINE_PATTERN}
SizeCode = Annotated[Line, Field(min_length=1, max_length=20, examples=["M"], json_schema_extra=FILLED)]
Name = Annotated[Line, Field(min_length=1, max_length=200, json_schema_extra=FILLED)]
Description = Annotated[Block, Field(max_length=5000)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]
Stock = Annotated[int, Field(strict=True, ge=0, le=1_000_000), WHOLE]


class Allergen(StrEnum):
    """What a cake may contain; the names people see are the storefront's."""

    GLUTEN = "gluten"
    MILK = "milk"
    EGG = "egg"
    NUTS = "nuts"
    SOY = "soy"
    SESAME = "sesame"
    ALCOHOL = "alcohol"


class ProductSort(StrEnum):
    """Orders a product list can have; ties are broken by id."""

    POPULAR = "popular"
    NEWEST = "newest"
    PRICE_ASC = "price"
    PRICE_DESC = "-price"
    NAME = "name"


class CategoryRef(Reply):
    """A category as a product names it. `name` is Vietnamese, `name_en` English."""

    id: int
    slug: str
    name: str
    name_en: str


class Category(CategoryRef):
    """A category as lists show it; `product_count` counts the products on sale."""

    position: int
    product_count: int


class ProductSize(Reply):
    """One size of a product: `price` in whole VND, `stock` in pieces, `serves` in people, where known."""

    size: str
    price: int
    stock: int
    serves: int | None = None


class ProductSummary(Reply):
    """A product as lists show it. `image` is a path under `/media/`; `price_from` the smallest size's price."""

    id: int
    slug: str
    name: str
    name_en: str
    category: CategoryRef
    image: str | None
    price_from: int
    in_stock: bool
    sizes: list[ProductSize]


class Product(ProductSummary):
    """A product whole. `preview` is a bitmap of its picture, for those who show no SVG: messengers, social networks."""

    preview: str | None = None
    description: str
    description_en: str
    allergens: list[Allergen]
    archived: bool = False
    created_at: datetime
    updated_at: datetime


class CategoryCount(Reply):
    """How many products of a list's other filters fall into one category."""

    slug: str
    count: int


class Facets(Reply):
    """What filtering further would give, under the list's other filters. Prices in VND; None for an empty list."""

    categories: list[CategoryCount]
    min_price: int | None
    max_price: int | None
    in_stock: int


class ProductPage(Page[ProductSummary]):
    """A page of products. `next` continues after the last item however deep the list is (`?after=`).

    `fuzzy` when nothing matched a search as typed, and near spellings are listed.
    """

    facets: Facets
    fuzzy: bool = False
    next: str | None = None


class SearchReply(Reply):
    """Products that match `query`, best first, and how many there are (`total`, counted up to 500).

    `fuzzy` when nothing matched as typed, and near spellings are shown.
    """

    query: str
    fuzzy: bool
    total: int
    items: list[ProductSummary]


class SizeInput(Request):
    """A size to sell: its price in whole VND and its stock in pieces."""

    size: SizeCode
    price: Vnd
    stock: Stock = 0
    serves: Annotated[int, Field(strict=True, ge=1, le=500), WHOLE] | None = None


class ProductInput(Request):
    """A new product. `slug` is made from the name when it is left out."""

    name: Name
    name_en: Annotated[Line, Field(max_length=200)] = ""
    slug: Slug | None = None
    category_id: Id
    description: Description = ""
    description_en: Description = ""
    allergens: Annotated[list[Allergen], Field(max_length=10, default_factory=list)]
    sizes: Annotated[list[SizeInput], Field(min_length=1, max_length=10)]


class ProductChange(Request):
    """Fields of a product to change; a field left out stays. `archived` takes it off the shelf or puts it back."""

    name: Name | None = None
    name_en: Annotated[Line, Field(max_length=200)] | None = None
    slug: Slug | None = None
    category_id: Id | None = None
    description: Description | None = None
    description_en: Description | None = None
    allergens: Annotated[list[Allergen], Field(max_length=10)] | None = None
    archived: Annotated[bool, Field(strict=True)] | None = None


class SizeChange(Request):
    """Fields of a size to change; a field left out stays."""

    price: Vnd | None = None
    serves: Annotated[int, Field(strict=True, ge=1, le=500), WHOLE] | None = None


class StockChange(Request):
    """Set a size's stock (`stock`) or move it (`delta`, may be negative): exactly one of the two."""

    stock: Stock | None = None
    delta: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000), WHOLE] | None = None
    reason: Annotated[Line, Field(max_length=200)] = ""


class CategoryInput(Request):
    """A new category."""

    name: Name
    name_en: Annotated[Line, Field(max_length=200)] = ""
    slug: Slug | None = None
    position: Annotated[int, Field(strict=True, ge=0, le=10_000), WHOLE] = 0


class CategoryChange(Request):
    """Fields of a category to change; a field left out stays."""

    name: Name | None = None
    name_en: Annotated[Line, Field(max_length=200)] | None = None
    slug: Slug | None = None
    position: Annotated[int, Field(strict=True, ge=0, le=10_000), WHOLE] | None = None

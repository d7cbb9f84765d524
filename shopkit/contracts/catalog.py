"""Products and categories, as the backend tells them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from shopkit.contracts.base import MAX_OFFSET, WHOLE, Id, Page, Reply, Request, Vnd
from shopkit.text import FILLED_LINE_PATTERN, PATH_SEGMENT_PATTERN, Block, Line, path_segment

FILLED = {"pattern": FILLED_LINE_PATTERN}
SizeCode = Annotated[Line, Field(min_length=1, max_length=20, examples=["M"], json_schema_extra=FILLED)]
NewSizeCode = Annotated[
    Line,
    AfterValidator(path_segment),
    Field(min_length=1, max_length=20, examples=["M"], json_schema_extra={"pattern": PATH_SEGMENT_PATTERN}),
]
"""A size's code as staff may give it: it stands in paths, so it has no slashes and is not dots alone."""
MAX_SIZES = 10
"""Sizes of one product."""
Name = Annotated[Line, Field(min_length=1, max_length=200, json_schema_extra=FILLED)]
Description = Annotated[Block, Field(max_length=5000)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]
MAX_STOCK = 1_000_000
"""Pieces of one size, at most."""
Stock = Annotated[int, Field(strict=True, ge=0, le=MAX_STOCK), WHOLE]
MAX_SERVES = 500
"""People whom one piece serves, at most."""
Serves = Annotated[int, Field(strict=True, ge=1, le=MAX_SERVES), WHOLE]


def size_key(code: str) -> str:
    """Return what two codes of one product may not share: "M" and "m" would be the same size to people."""
    return code.casefold()


class Allergen(StrEnum):
    """What a cake may contain; the names people see are the storefront's."""

    GLUTEN = "gluten"
    MILK = "milk"
    EGG = "egg"
    NUTS = "nuts"
    SOY = "soy"
    SESAME = "sesame"
    ALCOHOL = "alcohol"


class Occasion(StrEnum):
    """What a cake is bought for; the names people see are the storefront's.

    The words by which a search finds them are the database's `backend.occasion_words`: a new one needs a migration.
    """

    BIRTHDAY = "birthday"
    KIDS = "kids"
    WEDDING = "wedding"
    ANNIVERSARY = "anniversary"
    PARTY = "party"
    GIFT = "gift"
    TET = "tet"
    MID_AUTUMN = "mid_autumn"
    VALENTINE = "valentine"
    WOMENS_DAY = "womens_day"
    CHRISTMAS = "christmas"


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
    """A product as lists show it. `image` is a path under `/media/`; `price_from` the smallest size's price.

    `image_set` is the picture in several widths, as an `<img>`'s `srcset`; None for a drawing, which needs no widths.
    """

    id: int
    slug: str
    name: str
    name_en: str
    category: CategoryRef
    image: str | None
    image_set: str | None = None
    price_from: int
    in_stock: bool
    sizes: list[ProductSize]


class Product(ProductSummary):
    """A product whole. `preview` is a bitmap of its picture, for those who show no SVG: messengers, social networks.

    `updated_at` is when staff last changed its text, picture, sizes or prices; stock moves without it.
    """

    preview: str | None = None
    description: str
    description_en: str
    allergens: list[Allergen]
    occasions: Annotated[list[Occasion], Field(default_factory=list)]
    archived: bool = False
    created_at: datetime
    updated_at: datetime


class CategoryCount(Reply):
    """How many products of a list's other filters fall into one category."""

    slug: str
    count: int


class OccasionCount(Reply):
    """How many products of a list's other filters are for one occasion."""

    occasion: Occasion
    count: int


class Facets(Reply):
    """What filtering further would give, under the list's other filters. Prices in VND; None for an empty list.

    `occasions` are those of products that match the search and the prices; filters of category and stock may leave 0.
    """

    categories: list[CategoryCount]
    occasions: Annotated[list[OccasionCount], Field(default_factory=list)]
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

    size: NewSizeCode
    price: Vnd
    stock: Stock = 0
    serves: Serves | None = None


class ProductInput(Request):
    """A new product. `slug` is made from the name when it is left out."""

    name: Name
    name_en: Annotated[Line, Field(max_length=200)] = ""
    slug: Slug | None = None
    category_id: Id
    description: Description = ""
    description_en: Description = ""
    allergens: Annotated[list[Allergen], Field(max_length=10, default_factory=list)]
    occasions: Annotated[list[Occasion], Field(max_length=20, default_factory=list)]
    sizes: Annotated[list[SizeInput], Field(min_length=1, max_length=MAX_SIZES)]


class ProductChange(Request):
    """Fields of a product to change; a field left out stays. `archived` takes it off the shelf or puts it back.

    With `seen_at`, the `updated_at` that the caller saw, a product that changed since is 409 `version_conflict`.
    """

    name: Name | None = None
    name_en: Annotated[Line, Field(max_length=200)] | None = None
    slug: Slug | None = None
    category_id: Id | None = None
    description: Description | None = None
    description_en: Description | None = None
    allergens: Annotated[list[Allergen], Field(max_length=10)] | None = None
    occasions: Annotated[list[Occasion], Field(max_length=20)] | None = None
    archived: Annotated[bool, Field(strict=True)] | None = None
    seen_at: AwareDatetime | None = None


class SizeChange(Request):
    """Fields of a size to change; a field left out stays. `seen_at` as in `ProductChange`: it is the product's.

    A `price` of null stays too: a size has one. `serves` of null says that it is not known.
    """

    price: Vnd | None = None
    serves: Serves | None = None
    seen_at: AwareDatetime | None = None


class StockChange(Request):
    """Set a size's stock (`stock`) or move it (`delta`, may be negative): exactly one of the two.

    With `expected`, the stock that the caller saw, one that is another by now is 409 `stock_changed`.
    """

    stock: Stock | None = None
    delta: Annotated[int, Field(strict=True, ge=-MAX_STOCK, le=MAX_STOCK), WHOLE] | None = None
    expected: Stock | None = None
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


class ShelfStatus(StrEnum):
    """Products staff may list: on sale, taken off the shelf, or both."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    ALL = "all"


class StockLevel(StrEnum):
    """Products by the stock of any of their sizes: all, running low (none left included), or none left."""

    ANY = "any"
    LOW = "low"
    OUT = "out"


class AdminProductSort(StrEnum):
    """Orders that staff's product list can have; ties are broken by id."""

    UPDATED = "updated"
    NAME = "name"
    STOCK = "stock"
    PRICE = "price"


class AdminProductFilter(Request):
    """What staff's product list may be narrowed by. `q` looks into names, slugs and, as a number, ids."""

    page: Annotated[int, Field(ge=1, le=MAX_OFFSET + 1)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    q: Annotated[Line | None, Field(max_length=100)] = None
    category: Slug | None = None
    status: ShelfStatus = ShelfStatus.ACTIVE
    stock: StockLevel = StockLevel.ANY
    sort: AdminProductSort = AdminProductSort.UPDATED


class AdminProduct(ProductSummary):
    """A product as staff's list shows it. `low_sizes` are the codes of sizes whose stock runs low or is out."""

    archived: bool
    total_stock: int
    low_sizes: list[str]
    created_at: datetime
    updated_at: datetime


class AdminProductPage(Page[AdminProduct]):
    """A page of staff's product list. `low_at` is the stock from which, down, a size counts as running low."""

    low_at: int


class LowStockLine(Reply):
    """A size on sale that runs low. `held` pieces are promised to orders that are being placed just now."""

    product_id: int
    slug: str
    name: str
    name_en: str
    image: str | None
    size: str
    price: int
    stock: int
    held: int


class LowStockList(Reply):
    """Sizes running low, emptiest first: the first `limit` of `total`. `out` of them have nothing left."""

    items: list[LowStockLine]
    total: int
    out: int
    low_at: int


class StockMoveKind(StrEnum):
    """Why a stock changed: created with the size, set or adjusted by staff, imported, ordered, or given back.

    WRITTEN_OFF changes none: what an order took is lost, and does not come back.
    """

    CREATED = "CREATED"
    SET = "SET"
    ADJUSTED = "ADJUSTED"
    IMPORTED = "IMPORTED"
    ORDERED = "ORDERED"
    RETURNED = "RETURNED"
    WRITTEN_OFF = "WRITTEN_OFF"


class StockMove(Reply):
    """One change of a size's stock: `delta` pieces, which left `stock`. `actor_id` is staff; `order_id` an order."""

    id: int
    at: datetime
    size: str
    kind: StockMoveKind
    delta: int
    stock: int
    reason: str
    actor_id: int | None
    order_id: UUID | None


class StockHistory(Reply):
    """A product's stock moves, newest first. `next` continues behind the last one (`?after=`)."""

    items: list[StockMove]
    next: int | None


class CategoryOrder(Request):
    """Every category's id, in the order in which the shop shows them."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class ImportProblem(Reply):
    """What is wrong in an import. `line` counts the file's lines from 1, 0 is the file as a whole.

    `code` is stable and meant for programs; `value` is what stands there, cut after 100 characters.
    """

    line: int
    column: str | None
    code: str
    message: str
    value: str = ""


class ImportChange(Reply):
    """What an import does to one product: `fields` names what changes, as `price (M): 100000 → 120000`."""

    slug: str
    name: str
    action: str
    fields: list[str]


class ImportReport(Reply):
    """What an import would do, or did. With a problem nothing is done.

    `changes` are the first 200 of `created + changed`; `applied` tells a dry run from the real thing. `digest` names
    exactly this file against exactly this catalogue: sent back with the real run, it refuses when either has changed.
    Of `problems` there are about 2,000 at most, and `too_many_problems` first, if a file has more.
    """

    lines: int
    created: int
    changed: int
    unchanged: int
    changes: list[ImportChange]
    problems: list[ImportProblem]
    applied: bool
    digest: str


class CatalogChanged(Reply):
    """A server-sent event of the catalogue's stream: these products changed; all may have, when there are none."""

    product_ids: list[int]

"""The catalogue's hot reads. PostgreSQL builds each item's JSON; Python only joins the pieces.

Building the wire's JSON from ORM objects took six times the CPU of the query itself. `tests/contract` checks that
what comes out has the shape of `shopkit.contracts.catalog`.
"""

from dataclasses import dataclass

from shopkit.contracts.catalog import AdminProductSort, ProductSort

SIZES = """
(select json_agg(json_build_object('size', s.code, 'price', s.price, 'stock', s.stock, 'serves', s.serves)
                 order by s.position, s.code)
 from size s where s.product_id = p.id)
"""

SUMMARY_FIELDS = f"""
'id', p.id, 'slug', p.slug, 'name', p.name, 'nameEn', p.name_en,
'category', json_build_object('id', c.id, 'slug', c.slug, 'name', c.name, 'nameEn', c.name_en),
'image', p.image, 'imageSet', p.image_set, 'priceFrom', p.price_from, 'inStock', p.in_stock, 'sizes', {SIZES}
"""

SUMMARY = f"json_build_object({SUMMARY_FIELDS})::text"

PRODUCT = f"""
select json_build_object({SUMMARY_FIELDS}, 'preview', p.preview,
    'description', p.description, 'descriptionEn', p.description_en, 'allergens', p.allergens,
    'occasions', p.occasions,
    'archived', p.archived_at is not null, 'createdAt', p.created_at, 'updatedAt', p.updated_at)::text,
    p.id, p.name, p.price_from, c.slug, p.in_stock
from product p join category c on c.id = p.category_id
"""

PRODUCT_ON_SALE = PRODUCT + "where (p.id = %(id)s or p.slug = %(slug)s) and p.archived_at is null"
ANY_PRODUCT_BY_ID = PRODUCT + "where p.id = %s"

RELATED = f"""
select {SUMMARY} from (
    select p.* from product p join product this on this.category_id = p.category_id and this.id <> p.id
    where (this.id = %(id)s or this.slug = %(slug)s) and p.archived_at is null
    order by p.in_stock desc, p.popularity desc, p.id limit %(limit)s
) p join category c on c.id = p.category_id
order by p.in_stock desc, p.popularity desc, p.id
"""

CATEGORIES = """
select coalesce(json_agg(json_build_object('id', c.id, 'slug', c.slug, 'name', c.name, 'nameEn', c.name_en,
        'position', c.position, 'productCount', coalesce(n.count, 0)) order by c.position, c.id), '[]')::text
from category c
left join (select category_id, count(*) from product where archived_at is null group by 1) n on n.category_id = c.id
"""

# How many best-sellers that match are ranked. A word that half of a huge catalogue contains would otherwise be ranked
# over all of it on every keystroke.
CANDIDATES = 500

MATCHES = "p.search @@ to_tsquery('simple', %(words)s)"
ANY_MATCH = f"select exists (select from product p where p.archived_at is null and {MATCHES})"
RESEMBLES = "%(folded)s <%% p.name_key"


@dataclass(frozen=True)
class Order:
    """How a sort is written: `by` sorts, `after` continues behind `%(key)s` and `%(id)s`, `key` is its column."""

    by: str
    after: str
    key: str


ORDERS = {
    ProductSort.POPULAR: Order(
        "p.popularity desc, p.id",
        "(p.popularity < %(key)s or (p.popularity = %(key)s and p.id > %(id)s))",
        "p.popularity",
    ),
    ProductSort.NEWEST: Order("p.id desc", "p.id < %(id)s", "p.id"),
    ProductSort.PRICE_ASC: Order("p.price_from, p.id", "(p.price_from, p.id) > (%(key)s, %(id)s)", "p.price_from"),
    ProductSort.PRICE_DESC: Order(
        "p.price_from desc, p.id desc", "(p.price_from, p.id) < (%(key)s, %(id)s)", "p.price_from"
    ),
    ProductSort.NAME: Order("p.name_key, p.id", "(p.name_key, p.id) > (%(key)s, %(id)s)", "p.name_key"),
}


def page(where: str, order: Order, limit: int, offset: int) -> str:
    """Return the statement of one page: ids first, so that nothing is built for rows that OFFSET skips.

    The numbers are written out: a prepared statement's plan would otherwise be made for any number of rows.
    """
    return f"""
    select {SUMMARY}, p.id, {order.key} from (
        select p.id from product p where {where} order by {order.by} limit {limit:d} offset {offset:d}
    ) hit join product p on p.id = hit.id join category c on c.id = p.category_id
    order by {order.by}
    """


def ranked(where: str, rank: str, limit: int, offset: int) -> str:
    """Return the statement of one page of search hits, best first, among the `CANDIDATES` most popular."""
    return f"""
    select {SUMMARY}, p.id, 0 from (
        select id, {rank} as rank, popularity from (
            select id, popularity, search, name_key from product p where {where}
            order by p.popularity desc, p.id limit {CANDIDATES}
        ) p order by rank desc, popularity desc, id limit {limit:d} offset {offset:d}
    ) hit join product p on p.id = hit.id join category c on c.id = p.category_id
    order by hit.rank desc, hit.popularity desc, p.id
    """


RANK_WORDS = "ts_rank(p.search, to_tsquery('simple', %(words)s))"
RANK_RESEMBLANCE = "word_similarity(%(folded)s, p.name_key)"


def count(where: str) -> str:
    """Return the statement that counts matches, up to `CANDIDATES`."""
    return f"select count(*) from (select from product p where {where} limit {CANDIDATES}) counted"


def facets(where: str) -> str:
    """Return the statement that counts products by category, stock and occasions, with the range of their prices.

    A category without any has one row with nulls.
    """
    return f"""
    select c.slug, n.in_stock, n.count, n.least, n.most, n.occasions from category c left join (
        select category_id, in_stock, occasions, count(*) as count, min(price_from) as least, max(price_from) as most
        from product p where {where} group by category_id, in_stock, occasions
    ) n on n.category_id = c.id order by c.position, c.id
    """


STAFFS_ITEM = f"""
json_build_object({SUMMARY_FIELDS}, 'archived', p.archived_at is not null,
    'totalStock', (select coalesce(sum(s.stock), 0) from size s where s.product_id = p.id),
    'lowSizes', (select coalesce(json_agg(s.code order by s.position, s.code), '[]')
                 from size s where s.product_id = p.id and s.stock <= %(low_at)s),
    'createdAt', p.created_at, 'updatedAt', p.updated_at)::text
"""

STAFFS_ORDERS = {
    AdminProductSort.UPDATED: "p.updated_at desc, p.id desc",
    AdminProductSort.NAME: "p.name_key, p.id",
    AdminProductSort.STOCK: "(select coalesce(sum(s.stock), 0) from size s where s.product_id = p.id), p.id",
    AdminProductSort.PRICE: "p.price_from, p.id",
}


def staffs_page(where: str, by: str, limit: int, offset: int) -> str:
    """Return the statement of one page of staff's list: ids first, in their places."""
    return f"""
    select {STAFFS_ITEM} from (
        select p.id, row_number() over (order by {by}) as nth from product p where {where}
        order by nth limit {limit:d} offset {offset:d}
    ) hit join product p on p.id = hit.id join category c on c.id = p.category_id
    order by hit.nth
    """


def staffs_count(where: str) -> str:
    """Return the statement that counts staff's list."""
    return f"select count(*) from product p where {where}"

"""The statements of export and import. An import locks sizes before products, each in the order of its key."""

EXPORT = """
select p.id, p.slug, p.name, p.name_en, c.slug, s.code, s.price, s.stock, s.serves, p.description, p.description_en,
    p.allergens, p.archived_at is not null, p.occasions
from (select * from product where id > %(after)s order by id limit %(limit)s) p
join category c on c.id = p.category_id join size s on s.product_id = p.id
order by p.id, s.position, s.code
"""

BEGIN = """
select set_config('backend.bulk', 'on', true),
    pg_advisory_xact_lock(hashtext('backend.import'))
"""
"""One import at a time; it derives and tells by itself what triggers do for single rows."""

LOCK_SIZES = """
select from size where product_id = any(%s) order by product_id, code for no key update
"""

LOCK_PRODUCTS = "select from product where id = any(%s) order by id for no key update"

CATEGORIES = "select slug from category"

LOCK_CATEGORIES = CATEGORIES + " for key share"

PRODUCTS = """
select p.id, p.slug, json_build_object('name', p.name, 'name_en', p.name_en, 'category', c.slug,
        'description', p.description, 'description_en', p.description_en, 'allergens', p.allergens,
        'archived', p.archived_at is not null, 'occasions', p.occasions),
    (select coalesce(json_object_agg(s.code, json_build_object('price', s.price, 'stock', s.stock, 'serves', s.serves)
                                     order by s.position, s.code), '{}') from size s where s.product_id = p.id)
from product p join category c on c.id = p.category_id where p.slug = any(%s)
"""

CREATE_PRODUCTS = """
insert into product (slug, category_id, name, name_en, description, description_en, allergens, occasions, archived_at,
    price_from, in_stock, created_at, updated_at)
select r.slug, c.id, r.name, r.name_en, r.description, r.description_en,
    array(select jsonb_array_elements_text(r.allergens)), array(select jsonb_array_elements_text(r.occasions)),
    case when r.archived then %(now)s::timestamptz end,
    r.price_from, r.in_stock, %(now)s, %(now)s
from rows from (jsonb_to_recordset(%(rows)s) as (slug text, category text, name text, name_en text, description text,
    description_en text, allergens jsonb, occasions jsonb, archived bool, price_from int, in_stock bool))
    with ordinality as r(slug, category, name, name_en, description, description_en, allergens, occasions, archived,
    price_from, in_stock, nth)
join category c on c.slug = r.category order by r.nth
returning id, slug
"""

CHANGE_PRODUCTS = """
update product p set category_id = c.id, name = r.name, name_en = r.name_en, description = r.description,
    description_en = r.description_en, allergens = array(select jsonb_array_elements_text(r.allergens)),
    occasions = array(select jsonb_array_elements_text(r.occasions)),
    archived_at = case when r.archived then coalesce(p.archived_at, %(now)s::timestamptz) end,
    price_from = r.price_from, in_stock = r.in_stock,
    updated_at = case when r.edited then %(now)s::timestamptz else p.updated_at end
from jsonb_to_recordset(%(rows)s) as r(id int, category text, name text, name_en text, description text,
    description_en text, allergens jsonb, occasions jsonb, archived bool, price_from int, in_stock bool, edited bool)
join category c on c.slug = r.category where p.id = r.id
"""

PUT_SIZES = """
insert into size (product_id, code, price, stock, serves, position)
select r.product_id, r.code, r.price, r.stock, r.serves,
    coalesce((select max(s.position) + 1 from size s where s.product_id = r.product_id), 0) + r.nth
from jsonb_to_recordset(%(rows)s) as r(product_id int, code text, price int, stock int, serves int, nth int)
on conflict (product_id, code) do update
set price = excluded.price, stock = excluded.stock, serves = excluded.serves
"""

ADD_MOVES = """
insert into stock_move (product_id, size, kind, delta, stock, actor_id)
select r.product_id, r.code, 'IMPORTED', r.delta, r.stock, %(actor)s
from rows from (jsonb_to_recordset(%(rows)s) as (product_id int, code text, delta int, stock int)) with ordinality
    as r(product_id, code, delta, stock, nth)
order by r.nth
"""

TELL_ALL = "select pg_notify('catalog_changed', '')"
"""As many products as an import changes are not named one by one."""

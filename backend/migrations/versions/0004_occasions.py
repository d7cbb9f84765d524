"""What a cake is for: occasions, with words of both languages by which a search finds it.

A search document that changes is written anew for every product, and nothing reads or writes products meanwhile.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# The words stand in stored search documents: changing them takes a migration that makes those anew.
OCCASION_WORDS = """
create function backend.occasion_words(occasions text[]) returns text language sql immutable strict parallel safe
return case when cardinality(occasions) = 0 then '' else 'bánh cake'
    || case when 'birthday' = any(occasions) then ' sinh nhật birthday' else '' end
    || case when 'kids' = any(occasions) then ' trẻ em cho bé thiếu nhi thôi nôi đầy tháng kids children' else '' end
    || case when 'wedding' = any(occasions) then ' đám cưới hỏi hôn lễ wedding' else '' end
    || case when 'anniversary' = any(occasions) then ' kỷ niệm kỉ anniversary' else '' end
    || case when 'party' = any(occasions) then ' tiệc liên hoan party' else '' end
    || case when 'gift' = any(occasions) then ' quà tặng biếu gift' else '' end
    || case when 'tet' = any(occasions) then ' tết nguyên đán năm mới lunar new year' else '' end
    || case when 'mid_autumn' = any(occasions) then ' trung thu mid autumn' else '' end
    || case when 'valentine' = any(occasions) then ' lễ tình nhân valentine day' else '' end
    || case when 'womens_day' = any(occasions) then ' phụ nữ 8 3 20 10 women day' else '' end
    || case when 'christmas' = any(occasions) then ' giáng sinh noel christmas' else '' end
end
"""

SEARCH = """
alter table backend.product alter column search set expression as (
    setweight(to_tsvector('simple', backend.norm(name || ' ' || name_en)), 'A') ||
    setweight(to_tsvector('simple', backend.norm(backend.occasion_words(occasions))), 'B') ||
    setweight(to_tsvector('simple', backend.norm(description || ' ' || description_en)), 'C')
)
"""


def upgrade() -> None:
    op.execute(OCCASION_WORDS)
    column = sa.Column("occasions", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    op.add_column("product", column, schema="backend")
    op.execute(SEARCH)
    op.drop_index("ix_product_facets", "product", schema="backend")
    op.create_index(
        "ix_product_facets",
        "product",
        ["category_id", "in_stock", "price_from", "occasions"],
        schema="backend",
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_product_occasions",
        "product",
        ["occasions"],
        schema="backend",
        postgresql_using="gin",
        postgresql_where=sa.text("archived_at is null"),
    )

"""What a cake is for: occasions, with words of both languages by which a search finds it.

The search document was a generated column. Its expression could only be changed by writing every product anew, two
minutes for 160,000 of them, in which nobody could read one. So a trigger makes it from now on: what products have stays
good, for none is for an occasion yet.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Whoever changes the words makes the documents anew: update backend.product set occasions = occasions.
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

MAKE_SEARCH_DOCUMENT = """
create function backend.make_search_document() returns trigger language plpgsql as $$
begin
    new.search :=
        setweight(to_tsvector('simple', backend.norm(new.name || ' ' || new.name_en)), 'A') ||
        setweight(to_tsvector('simple', backend.norm(backend.occasion_words(new.occasions))), 'B') ||
        setweight(to_tsvector('simple', backend.norm(new.description || ' ' || new.description_en)), 'C');
    return new;
end $$
"""

TRIGGER = """
create trigger make_search_document
before insert or update of name, name_en, description, description_en, occasions on backend.product
for each row execute function backend.make_search_document()
"""


def upgrade() -> None:
    op.execute(OCCASION_WORDS)
    op.execute(MAKE_SEARCH_DOCUMENT)
    column = sa.Column("occasions", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    op.add_column("product", column, schema="backend")
    op.execute("alter table backend.product alter column search drop expression")
    op.execute(TRIGGER)

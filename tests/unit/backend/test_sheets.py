"""The catalogue's file: what its cells mean, what is wrong with it, what it would do."""

from typing import Any

import pytest

from backend.sheets.columns import COLUMNS, READERS, unwritten, written
from backend.sheets.parse import MAX_LINES, MAX_PROBLEMS, Sheet, parse
from backend.sheets.plan import Catalogue, Known, Plan, make

HEAD = ",".join(COLUMNS)
CAKE: dict[str, Any] = {
    "name": "Bánh",
    "name_en": "Cake",
    "category": "mousse",
    "description": "Ngon",
    "description_en": "",
    "allergens": ["milk"],
    "archived": False,
    "occasions": ["birthday"],
}
SIZES = {"S": {"price": 100, "stock": 5, "serves": 4}, "M": {"price": 200, "stock": 0, "serves": None}}
CATALOGUE = Catalogue({"cake": Known(7, CAKE, SIZES)}, frozenset({"mousse", "kem"}))


def problems(sheet: Sheet) -> list[tuple[int, str | None, str, str]]:
    return [(each.line, each.column, each.code, each.value) for each in sheet.problems]


def planned(text: str, catalogue: Catalogue = CATALOGUE) -> Plan:
    content = text.encode()
    return make(content, parse(content), catalogue)


@pytest.mark.parametrize("text", ["=1+1", "+84", "-5", "@me", "'=x", "''-x", "-", "='a'!B1"])
def test_what_looks_like_a_formula_is_written_as_text_and_read_back(text: str) -> None:
    assert written(text) == f"'{text}"
    assert unwritten(written(text)) == text


@pytest.mark.parametrize("text", ["", "Bánh", "'", "'tis", "a=b", "1-2", "''", "’=x"])
def test_other_text_is_written_as_it_is(text: str) -> None:
    assert written(text) == text
    assert unwritten(text) == text


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("name", "Bánh mi\u0300", "Bánh mì"),
        ("description", "a\r\nb", "a\nb"),
        ("price", "0299000", 299_000),
        ("allergens", "Milk, egg;gluten|milk  nuts", ["milk", "egg", "gluten", "nuts"]),
        ("allergens", "-", []),
        ("occasions", "Tet, birthday;tet", ["birthday", "tet"]),
        ("occasions", "-", []),
        ("archived", "TRUE", True),
        ("archived", "no", False),
        ("archived", "0", False),
        ("size", "½ ổ", "½ ổ"),
    ],
)
def test_cells_are_read_as_people_write_them(column: str, cell: str, value: Any) -> None:
    assert READERS[column](cell) == value


@pytest.mark.parametrize(
    "text",
    [
        "slug,size,price\ncake,S,5\n",
        "\ufeffslug;size;price\r\ncake;S;5\r\n",
        "Price, SLUG ,Size,\n5,cake,S,\n",
        '"slug","size","price"\n\n,,\n"cake","S","5"',
        "slug;size;price\rcake;S;5\r",
    ],
)
def test_a_file_is_read_however_it_was_saved(text: str) -> None:
    sheet = parse(text.encode())
    assert problems(sheet) == []
    assert sheet.lines == 1
    assert sheet.products["cake"].sizes["S"].fields == {"price": 5}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", [(0, None, "empty_file", "")]),
        (b"\n , ,\n", [(0, None, "empty_file", "")]),
        (b"slug,size\n\xff,S", [(0, None, "not_utf8", "")]),
        ("slug,size\ncake,S".encode("utf-16"), [(0, None, "not_utf8", "")]),
        (b"slug,price", [(1, "size", "missing_column", "")]),
        (b"slug,size,cost,cost", [(1, "cost", "unknown_column", "cost"), (1, "cost", "unknown_column", "cost")]),
        (b"slug,size,price,Price", [(1, "price", "duplicate_column", "price")]),
        (
            b"slug\tsize",
            [
                (1, "slug\tsize", "unknown_column", "slug\tsize"),
                (1, "slug", "missing_column", ""),
                (1, "size", "missing_column", ""),
            ],
        ),
        (b'slug,size\ncake,"S\ncake,M', [(2, None, "not_csv", "")]),
        (b'slug,size\ncake,"S"x', [(2, None, "not_csv", "")]),
    ],
)
def test_a_file_that_cannot_be_read_is_told_so(content: bytes, found: list[Any]) -> None:
    assert problems(parse(content)) == found


def test_every_problem_is_told_with_its_line_and_column() -> None:
    text = f"""{HEAD}
Up,x,,mousse,S,1,1,1,,,,
,x,,mousse,S,1,1,1,,,,
2024,x,,mousse,S,1,1,1,,,,
search,x,,mousse,S,1,1,1,,,,
a,{"n" * 201},{"n" * 201},mousse,1/2,1.5,-1,0,{"d" * 5001},bell\x07,cats milk dogs,maybe
b,x,,mousse,S,2000000001,1000001,501,"one
two",,,
b,y,en,kem,M,1,1,1,other,,egg,true
b,x,,mousse,S,1,1,1,,,,
b,x,,mousse,,1,1,1,,,,,,extra
b,x,,mousse,,1,1,1,,,,
"""
    assert problems(parse(text.encode())) == [
        (2, "slug", "invalid_slug", "Up"),
        (3, "slug", "required", ""),
        (4, "slug", "invalid_slug", "2024"),
        (5, "slug", "invalid_slug", "search"),
        (6, "name", "too_long", "n" * 100),
        (6, "name_en", "too_long", "n" * 100),
        (6, "size", "invalid_size", "1/2"),
        (6, "price", "not_a_number", "1.5"),
        (6, "stock", "out_of_range", "-1"),
        (6, "serves", "out_of_range", "0"),
        (6, "description", "too_long", "d" * 100),
        (6, "description_en", "control_characters", "bell\x07"),
        (6, "allergens", "unknown_allergen", "cats milk dogs"),
        (6, "archived", "not_yes_or_no", "maybe"),
        (7, "price", "out_of_range", "2000000001"),
        (7, "stock", "out_of_range", "1000001"),
        (7, "serves", "out_of_range", "501"),
        (9, "name", "differs", "y"),
        (9, "name_en", "differs", "en"),
        (9, "category", "differs", "kem"),
        (9, "description", "differs", "other"),
        (9, "allergens", "differs", "egg"),
        (9, "archived", "differs", "true"),
        (10, "size", "duplicate_line", "S"),
        (11, None, "cell_count", ""),
        (12, "size", "required", ""),
    ]


def test_a_size_is_the_same_in_small_letters() -> None:
    lines = "slug,size,price\ncake,s,150\n"
    plan = planned(lines)
    assert [(one.slug, one.fields) for one in plan.report().changes] == [("cake", ["price (S): 100 → 150"])]
    assert problems(planned(lines + "cake,S,160\n").sheet) == [(3, "size", "duplicate_line", "S")]


def test_a_problem_of_the_first_line_is_not_told_again_for_each_size() -> None:
    text = "slug,size,name,price\ncake,S,bell\x07,1\ncake,M,Bánh,1\ncake,L,bell\x07,1\n"
    assert problems(parse(text.encode())) == [
        (2, "name", "control_characters", "bell\x07"),
        (4, "name", "control_characters", "bell\x07"),
    ]


def test_a_file_has_a_limit() -> None:
    lines = "slug,size\n" + "".join(f"cake-{n},S\n" for n in range(MAX_LINES))
    assert problems(parse(lines.encode())) == []
    assert problems(parse((lines + "one,M\n").encode())) == [(0, None, "too_many_lines", "")]


def test_what_only_the_catalogue_shows_is_told_as_well() -> None:
    plan = planned(
        "slug,size,name,category,price\n"
        "new,S,,,\n"
        "other,S,Other,none,1\n"
        "cake,L,,,\n"
        "cake,M,,none,5\n"
        "bad,S,bell\x07,kem,x\n" + "".join(f"many,{n},Many,kem,1\n" for n in range(11))
    )
    found = [(each.line, each.column, each.code) for each in plan.report().problems]
    assert found == [
        (2, "name", "required"),
        (2, "category", "required"),
        (2, "price", "required"),
        (3, "category", "unknown_category"),
        (4, "price", "required"),
        (5, "category", "differs"),
        (6, "name", "control_characters"),
        (6, "price", "not_a_number"),
        (7, "size", "too_many_sizes"),
    ]


def test_what_the_file_does_not_name_stays() -> None:
    plan = planned("slug,size,price\ncake,M,250\n")
    [product] = plan.products
    assert product.fields == CAKE
    assert product.sizes == {"M": {"price": 250, "stock": 0, "serves": None}}
    assert (product.before, product.after) == ({"price (M)": 200}, {"price (M)": 250})
    assert (product.price_from, product.in_stock, product.moves) == (100, True, {"M": 0})


def test_an_empty_cell_keeps_what_must_be_and_empties_what_may() -> None:
    plan = planned(f"{HEAD}\ncake,,,,S,,,,,,,\n")
    [product] = plan.products
    assert product.after == {"name_en": "", "description": "", "serves (S)": None}
    assert product.fields["allergens"] == ["milk"]
    assert product.sizes == {"S": {"price": 100, "stock": 5, "serves": None}}


def test_allergens_are_only_taken_away_by_a_dash() -> None:
    [product] = planned("slug,size,allergens\ncake,S,-\n").products
    assert (product.before, product.after) == ({"allergens": ["milk"]}, {"allergens": []})
    assert product.told.fields == ["allergens: milk → "]
    mixed = planned("slug,size,allergens\ncake,S,- milk\n")
    assert problems(mixed.sheet) == [(2, "allergens", "unknown_allergen", "- milk")]


def test_a_line_whose_size_or_slug_cannot_be_read_is_looked_at_all_the_same() -> None:
    plan = planned(
        "slug,name,category,size,price,stock\n"
        "new,,none,,abc,-1\n"
        "new,,none,1/2,,\n"
        "Up,,none,S,5,1\n"
        ",,none,,,\n"
        "cake,,none,1/2,,\n"
    )
    assert [(each.line, each.column, each.code) for each in plan.report().problems] == [
        (2, "size", "required"),
        (2, "price", "not_a_number"),
        (2, "stock", "out_of_range"),
        (2, "category", "unknown_category"),
        (2, "name", "required"),
        (3, "size", "invalid_size"),
        (3, "price", "required"),
        (4, "slug", "invalid_slug"),
        (4, "category", "unknown_category"),
        (5, "slug", "required"),
        (5, "size", "required"),
        (5, "category", "unknown_category"),
        (6, "size", "invalid_size"),
        (6, "category", "unknown_category"),
    ]


def test_a_catalogue_full_of_problems_is_not_planned_to_its_end() -> None:
    plan = planned("slug,size\n" + "".join(f"new-{n},S\n" for n in range(2 * MAX_PROBLEMS)))
    assert len(plan.sheet.problems) == MAX_PROBLEMS + 1
    told = plan.report().problems
    assert (told[0].code, told[-1].line, len(told)) == ("too_many_problems", 668, MAX_PROBLEMS + 1)


def test_the_report_tells_what_would_be_done() -> None:
    plan = planned(
        f"{HEAD}\n"
        f'cake,Bánh,Cake,kem,S,110,9,4,"{"d" * 70}",,milk egg,yes\n'
        "cake,,,,L,300,,,,,,\n"
        "new,Mới,,mousse,M,500,2,,,,,\n"
    )
    report = plan.report()
    assert (report.lines, report.created, report.changed, report.unchanged) == (3, 1, 1, 0)
    assert (report.problems, report.applied) == ([], False)
    assert [(each.slug, each.name, each.action, each.fields) for each in report.changes] == [
        (
            "cake",
            "Bánh",
            "changed",
            [
                "category: mousse → kem",
                f"description: Ngon → {'d' * 59}…",
                "allergens: milk → milk egg",
                "archived: false → true",
                "price (S): 100 → 110",
                "stock (S): 5 → 9",
                "price (L): 300",
                "stock (L): 0",
                "serves (L): ",
            ],
        ),
        ("new", "Mới", "created", ["price (M): 500"]),
    ]


def test_what_is_so_already_is_unchanged() -> None:
    report = planned(f"{HEAD}\ncake,Bánh,Cake,mousse,S,100,5,4,Ngon,,milk,false\ncake,,,,M,200,0,,,,,\n").report()
    assert (report.created, report.changed, report.unchanged, report.changes) == (0, 0, 1, [])


def test_the_digest_names_this_file_against_this_catalogue() -> None:
    text = "slug,size,price\ncake,M,250\n"
    digest = planned(text).digest
    assert planned(text).digest == digest
    assert planned(text + "\n").digest != digest

    def but(**change: Any) -> Catalogue:
        sizes = {**SIZES, "M": {**SIZES["M"], **change}}
        return Catalogue({"cake": Known(7, CAKE, sizes)}, CATALOGUE.categories)

    assert planned(text, but(price=201)).digest != digest
    assert planned(text, but(price=250)).digest != digest
    assert planned(text, but(stock=9)).digest == digest  # of which the file says nothing
    assert planned(text, Catalogue({}, CATALOGUE.categories)).digest != digest


def test_planning_twice_tells_each_problem_once() -> None:
    content = b"slug,size\nnew,S\n"
    sheet = parse(content)
    assert [len(make(content, sheet, CATALOGUE).report().problems) for _ in range(2)] == [3, 3]


def test_a_file_full_of_problems_is_not_read_to_its_end() -> None:
    plan = planned("slug,size,price\n" + "".join(f"cake-{n},M,x\n" for n in range(MAX_PROBLEMS + 500)))
    told = plan.report().problems
    assert plan.sheet.lines == MAX_PROBLEMS + 1
    assert (told[0].line, told[0].code, len(told)) == (0, "too_many_problems", MAX_PROBLEMS + 1)
    assert [problem.line for problem in told[1:3]] == [2, 2]


@pytest.mark.parametrize("name", ["slug", "x"])
def test_a_head_of_a_million_names_is_soon_refused(name: str) -> None:
    sheet = parse(f"{name},{'slug,' * 1_000_000}size\n".encode())
    assert 0 < len(sheet.problems) <= 2 * len(COLUMNS) + 1
    assert {problem.code for problem in sheet.problems} <= {"unknown_column", "duplicate_column", "missing_column"}

"""What AWS reads of the reports: committed, current, and of a syntax that its engines know."""

import re

import pytest
import sqlglot

from analytics.events import Event
from analytics.flat import COLUMNS
from analytics.registry import PAYLOADS
from analytics.reports import REPORTS
from tests.contract.athena import ROOT, files

INSIGHTS = sorted((ROOT / "insights").glob("*.txt"))
COMMANDS = {"filter", "stats", "sort", "limit", "dedup", "parse", "fields", "display"}
FUNCTIONS = {"count", "count_distinct", "sum", "ispresent"}
MISSION = (
    "product_views_by_user",
    "cart_additions",
    "purchases",
    "customer_frequency",
    "best_sellers",
    "category_performance",
    "conversion_funnel",
)


def test_what_is_committed_is_current() -> None:
    for path, text in files().items():
        assert path.read_text(encoding="utf-8") == text, "run `python -m tests.contract.athena`"
    assert {path.stem for path in (ROOT / "athena").glob("*.sql")} == REPORTS.keys()


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_a_statement_of_athenas_dialect(name: str) -> None:
    text = (ROOT / "athena" / f"{name}.sql").read_text(encoding="utf-8")
    [statement] = sqlglot.parse(text, read="athena")
    assert statement is not None
    assert {table.name for table in statement.find_all(sqlglot.exp.Table)} & {"events", "order_lines"}
    assert [*statement.find_all(sqlglot.exp.Placeholder, sqlglot.exp.Parameter)] == []  # Athena knows none by name


def test_every_column_is_a_field_of_some_event() -> None:
    fields = {name for kind in PAYLOADS for name in kind.model_fields}
    assert {column.name for column in COLUMNS} == fields - {"products"} - {"user_id"}


def test_the_seven_reports_of_the_mission_are_saved_queries_of_logs_insights_too() -> None:
    assert {path.stem for path in INSIGHTS} == set(MISSION)


@pytest.mark.parametrize("path", INSIGHTS, ids=lambda path: path.stem)
def test_a_saved_query_names_commands_functions_and_fields_that_there_are(path: object) -> None:
    text = (ROOT / "insights" / f"{getattr(path, 'name', '')}").read_text(encoding="utf-8")
    payload = {column.field for column in COLUMNS} | {"totalAmount"}
    envelope = {name for field in Event.model_fields.values() if (name := field.alias)} | {"name"}
    named = set(re.findall(r"\bas (\w+)", text)) | set(re.findall(r"\?<(\w+)>", text))
    assert text.count('"') % 2 == 0
    assert text.count("(") == text.count(")")
    for step in text.strip().split("\n|"):
        command, _, rest = step.strip().partition(" ")
        assert command in COMMANDS
        if command == "parse":
            continue
        plain = re.sub(r'"[^"]*"', "", rest)
        assert set(re.findall(r"(\w+)\(", plain)) <= FUNCTIONS
        assert set(re.findall(r"payload\.(\w+)", plain)) <= payload
        words = set(re.findall(r"(?<![.\w])[a-z]\w*", plain)) - FUNCTIONS - named
        assert words <= envelope | {"payload", "by", "as", "and", "or", "in", "desc", "asc"}

"""What AWS needs of the lake: `python -m tests.contract.athena` writes `analytics/athena` and `analytics/glue` anew."""

import json
from pathlib import Path

import sqlglot

from analytics.reports import REPORTS, definition
from analytics.views import athena_views, glue_table

ROOT = Path(__file__).resolve().parents[2] / "analytics"


def files() -> dict[Path, str]:
    """Return what is committed, by path: views and reports in Athena's dialect, and the table's Glue definition."""
    found = {ROOT / "glue" / "user_actions.json": json.dumps(glue_table(), indent=2, sort_keys=True) + "\n"}
    for name, statement in zip(("events", "order_lines"), athena_views(), strict=True):
        found[ROOT / "athena" / "views" / f"{name}.sql"] = _athena(statement)
    for name in REPORTS:
        found[ROOT / "athena" / f"{name}.sql"] = _athena(definition(name), read="duckdb")
    return found


def _athena(statement: str, read: str = "athena") -> str:
    [text] = sqlglot.transpile(statement, read=read, write="athena", pretty=True)
    return text + "\n"


def main() -> None:
    """Write the files."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

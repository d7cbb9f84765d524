"""What AWS needs of the lake: `python -m tests.contract.athena` writes `analytics/athena` and `analytics/glue` anew."""

import json
import re
from pathlib import Path

import sqlglot

from analytics.reports import AT_RISK_DAYS, LOST_DAYS, REPORTS, definition
from analytics.views import athena_views, glue_table

ROOT = Path(__file__).resolve().parents[2] / "analytics"
TODAY = "CAST(current_timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)"
VALUES = {
    "from_day": f"({TODAY} - INTERVAL '29' DAY)",
    "to_day": TODAY,
    "at_risk_before": f"({TODAY} - INTERVAL '{AT_RISK_DAYS}' DAY)",
    "lost_before": f"({TODAY} - INTERVAL '{LOST_DAYS}' DAY)",
    "most": "1000",
    "segment": "''",
    "user_id": "0",
}
"""What a saved query has in the place of a report's parameters, which Athena does not know by name."""
HINT = "/* The last 30 shop days. For others put dates, as DATE '2026-03-01', in the place of today's. */\n"


def files() -> dict[Path, str]:
    """Return what is committed, by path: views and reports in Athena's dialect, and the table's Glue definition."""
    found = {ROOT / "glue" / "user_actions.json": json.dumps(glue_table(), indent=2, sort_keys=True) + "\n"}
    for name, statement in zip(("events", "order_lines"), athena_views(), strict=True):
        found[ROOT / "athena" / "views" / f"{name}.sql"] = _athena(statement)
    for name in REPORTS:
        text = _athena(definition(name), read="duckdb")
        found[ROOT / "athena" / f"{name}.sql"] = HINT + re.sub(r":(\w+)", lambda found: VALUES[found[1]], text)
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

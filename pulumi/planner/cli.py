"""`python -m planner.cli plan|cost STACK`, which `./dev` calls."""

import argparse
import sys
from pathlib import Path

from planner import cost, report
from planner.changes import changes, losses
from planner.project import ProgramFailed, plan
from planner.rules import check

CONFIGURATION = 78


def main() -> int:
    """Print what was asked for; return 1 when a rule is broken."""
    parser = argparse.ArgumentParser(prog="planner")
    parser.add_argument("what", choices=["plan", "cost"])
    parser.add_argument("stack")
    parser.add_argument("--json", type=Path, dest="file")
    parser.add_argument("--against", type=Path, help="an earlier plan; fails when something of it would be lost")
    parser.add_argument("--loses", action="append", default=[], help="a resource that may be replaced or deleted")
    told = parser.parse_args()
    try:
        found = plan(told.stack)
    except (FileNotFoundError, ProgramFailed) as error:
        sys.stderr.write(f"{error}\n")
        return CONFIGURATION
    if told.what == "plan":
        sys.stdout.write(report.plan_text(found))
        text = found.to_json()
    else:
        sys.stdout.write(report.cost_text(found))
        text = cost.as_json(cost.estimate(found)) + "\n"
    lost: list[str] = []
    if told.against:
        found_changes = changes(told.against.read_text(encoding="utf-8"), found.to_json())
        sys.stdout.write("".join(f"{one.kind:9}{one.type} {one.name} {' '.join(one.keys)}\n" for one in found_changes))
        lost = list(losses(found_changes, told.loses))
    if told.file:
        told.file.write_text(text, encoding="utf-8")
    findings = check(found) if told.what == "plan" else []
    for one in findings:
        sys.stderr.write(f"{one.rule}: {one.message}\n")
    for loss in lost:
        sys.stderr.write(f"{loss}; --loses names what is meant\n")
    return 1 if findings or lost else 0


if __name__ == "__main__":
    sys.exit(main())

"""What must hold for every plan. `check` names what does not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planner.resources import Plan
from planner.rules import access, data, exposure, routing, tasks, watching

Rule = Callable[[Plan], Iterator[str]]

RULES: tuple[Rule, ...] = (*exposure.RULES, *data.RULES, *access.RULES, *routing.RULES, *tasks.RULES, *watching.RULES)


@dataclass(frozen=True)
class Finding:
    """What a rule found."""

    rule: str
    message: str


def check(plan: Plan) -> list[Finding]:
    """Return everything that is wrong with a plan."""
    found = [Finding("planned", problem) for problem in plan.problems]
    return found + [Finding(rule.__name__, message) for rule in RULES for message in rule(plan)]

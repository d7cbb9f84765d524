"""schemathesis against one operation: what the document promises is what is answered."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

PHASES = [Phase.explicit, Phase.generate]  # a failure says enough without being made small
CHECKS = list(HealthCheck)


def fuzz(operation: Any, headers: dict[str, str], examples: int) -> None:
    """Try an operation with what its schema allows and with what it forbids."""

    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples,
        phases=PHASES,
        deadline=None,
        database=None,
        suppress_health_check=CHECKS,
        derandomize=True,  # the same requests in every run: what fails fails for who changed it
    )
    def tried(case: schemathesis.Case) -> None:
        answer = case.call(headers=headers)
        rule = answer.status_code == 422 and _breaks_a_rule(answer.json())
        case.validate_response(answer, excluded_checks=[positive_data_acceptance] if rule else [])

    tried()


def _breaks_a_rule(problem: dict[str, Any]) -> bool:
    """Tell whether a request was refused for what no schema can say: its code names the rule."""
    fields = {error["field"] for error in problem["errors"]} if "errors" in problem else {""}
    # JSON Schema has no bounds for dates, and no word for addresses that cannot exist.
    unsayable = fields <= {"day", "dateFrom", "dateTo", "changedFrom", "seenAt", "from", "to", "contactEmail"}
    return unsayable or problem["code"] not in {"validation_error", "invalid_json"}

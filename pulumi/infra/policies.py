"""IAM documents, written in Python so that a plan can read them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

Text = pulumi.Input[str]


@dataclass(frozen=True)
class Statement:
    """What may be done to what. `condition` as IAM writes it."""

    actions: Sequence[str]
    resources: Sequence[Text]
    condition: Mapping[str, Mapping[str, pulumi.Input[Any]]] | None = None
    effect: str = "Allow"
    service: str = ""
    everybody: bool = False

    def document(self) -> dict[str, Any]:
        """Return the statement as IAM writes it."""
        told: dict[str, Any] = {"Effect": self.effect, "Action": list(self.actions), "Resource": list(self.resources)}
        if self.service:
            told["Principal"] = {"Service": self.service}
        if self.everybody:
            told["Principal"] = "*"
        if self.condition:
            told["Condition"] = dict(self.condition)
        return told


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Return a policy document."""
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [one.document() for one in statements]}, sort_keys=True
    )


def trust(service: str, account: str | None = None) -> str:
    """Return the document that lets an AWS service take on a role, for this account only where it can say so."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)

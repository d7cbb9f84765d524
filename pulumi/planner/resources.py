"""A plan: the resources that a program asks for, with their inputs as plain values."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ACCOUNT = "123456789012"
"""The account that plans are made for; a real run has its own."""


@dataclass(frozen=True)
class Resource:
    """One registered resource. `inputs` are resolved; ids and ARNs in them are made up but fit one another."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    id: str = ""
    arn: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False

    @property
    def physical_name(self) -> str:
        """The name in AWS, or the logical one where AWS knows none."""
        for key in ("name", "bucket", "identifier", "replicationGroupId", "family", "topicName"):
            if isinstance(found := self.inputs.get(key) or self.outputs.get(key), str):
                return found
        return self.name


@dataclass(frozen=True)
class Plan:
    """What one stack would be."""

    project: str
    stack: str
    region: str
    resources: tuple[Resource, ...]
    exports: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    config: dict[str, str] = field(default_factory=dict)

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of the types, named without their module path: `ec2:Vpc`."""
        return [one for one in self.resources if short_type(one.type) in types]

    def one(self, kind: str, name: str | None = None) -> Resource:
        """Return the only resource of a type, or that with this logical name.

        Raises:
            LookupError: there is none, or more than one.
        """
        found = [one for one in self.of_type(kind) if name is None or one.name == name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources are {kind} {name or ''} in {self.stack}")
        return found[0]

    def by_id(self) -> Mapping[str, Resource]:
        """Return the resources by the ids and ARNs under which others name them."""
        known: dict[str, Resource] = {}
        for one in self.resources:
            for key in (one.id, one.arn):
                if key:
                    known.setdefault(key, one)
        return known

    def to_json(self) -> str:
        """Return the plan as JSON that is the same in every run."""
        ordered = sorted(self.resources, key=lambda one: one.urn)
        told = {
            "project": self.project,
            "stack": self.stack,
            "region": self.region,
            "config": self.config,
            "exports": self.exports,
            "problems": self.problems,
            "resources": [_snapshot(one) for one in ordered],
        }
        return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _snapshot(one: Resource) -> dict[str, Any]:
    """Return what a reader of a diff needs; what is empty and what the planner made up is left out."""
    left_out = ("outputs", "id", "arn", "parent", "type", "name", "custom", "depends_on")
    told = {key: value for key, value in asdict(one).items() if value and key not in left_out}
    told["inputs"] = {key: _readable(value) for key, value in one.inputs.items()}
    return told


def _readable(value: Any) -> Any:
    """Return documents that are passed as JSON text as what they hold, so that a diff shows the line that changed."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return {"json": json.loads(value)}
        except json.JSONDecodeError:
            return value
    return value


def short_type(token: str) -> str:
    """Return `ec2:Vpc` for `aws:ec2/vpc:Vpc`."""
    found = re.fullmatch(r"aws:([^/:]+)(?:/[^:]+)?:(\w+)", token)
    return f"{found[1]}:{found[2]}" if found else token


def strings(value: Any) -> Iterator[str]:
    """Yield every string in a nested value, those in JSON documents too."""
    if isinstance(value, str):
        readable = _readable(value)
        if isinstance(readable, dict):
            yield from strings(readable)
        else:
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)

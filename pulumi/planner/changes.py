"""What changes between two plans, and whether it would cost something that cannot be had again."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from planner.resources import short_type

# Types that hold data or a name that others know, with the inputs that AWS changes only by making another one.
IRREPLACEABLE: dict[str, tuple[str, ...]] = {
    "rds:Instance": ("identifier", "engine", "username", "storageEncrypted", "kmsKeyId", "dbSubnetGroupName"),
    "s3:Bucket": ("bucket", "region"),
    "lb:LoadBalancer": ("name", "internal", "loadBalancerType"),
    "kms:Key": ("region", "keyUsage"),
    "secretsmanager:Secret": ("name",),
}


@dataclass(frozen=True)
class Change:
    """One resource that differs. `kind` is made, deleted, replaced or changed."""

    urn: str
    kind: str
    keys: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The resource's type."""
        return short_type(self.urn.split("::")[2].rpartition("$")[2])

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


def changes(before: str, after: str) -> list[Change]:
    """Return what differs between two plans, each as `Plan.to_json` writes it."""
    old, new = _by_urn(before), _by_urn(after)
    found = [Change(urn, "made") for urn in sorted(set(new) - set(old))]
    found += [Change(urn, "deleted") for urn in sorted(set(old) - set(new))]
    for urn in sorted(set(old) & set(new)):
        keys = tuple(key for key in sorted(set(old[urn]) | set(new[urn])) if old[urn].get(key) != new[urn].get(key))
        if keys:
            replacing = set(keys) & set(IRREPLACEABLE.get(Change(urn, "").type, ()))
            found.append(Change(urn, "replaced" if replacing else "changed", keys))
    return found


def losses(found: list[Change], named: Collection[str] = ()) -> Iterator[str]:
    """Name what would be lost and is not in `named`: databases, buckets, load balancers, keys and secrets."""
    for one in found:
        if one.type in IRREPLACEABLE and one.kind in ("deleted", "replaced") and one.name not in named:
            why = f" ({', '.join(one.keys)})" if one.keys else ""
            yield f"{one.type} {one.name} would be {one.kind}{why}"


def _by_urn(text: str) -> dict[str, dict[str, Any]]:
    return {one["urn"]: one["inputs"] for one in json.loads(text)["resources"]}

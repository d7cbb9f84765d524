"""What AWS would answer: plausible ids, ARNs and names, so that what depends on a resource can be planned."""

import hashlib
import importlib
import inspect
import json
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from planner.resources import ACCOUNT, short_type

# What the provider names itself when the program does not: the property, and how long AWS lets it be.
AUTONAMES = {
    "lb:LoadBalancer": ("name", 32),
    "lb:TargetGroup": ("name", 32),
    "s3:Bucket": ("bucket", 63),
    "iam:Role": ("name", 64),
    "rds:Instance": ("identifier", 63),
    "elasticache:ReplicationGroup": ("replicationGroupId", 40),
}
ID_PREFIXES = {
    "ec2:Vpc": "vpc",
    "ec2:Subnet": "subnet",
    "ec2:SecurityGroup": "sg",
    "ec2:InternetGateway": "igw",
    "ec2:NatGateway": "nat",
    "ec2:RouteTable": "rtb",
    "ec2:Eip": "eipalloc",
    "ec2:VpcEndpoint": "vpce",
    "ec2:Instance": "i",
    "ec2:LaunchTemplate": "lt",
    "cloudfront:VpcOrigin": "vo",
}
ARN_IS_ID = (
    "lb:LoadBalancer", "lb:TargetGroup", "lb:Listener", "lb:ListenerRule", "ecs:Cluster", "ecs:Service", "sns:Topic",
    "secretsmanager:Secret", "acm:Certificate", "iam:Policy", "wafv2:WebAcl",
)  # fmt: skip
ARNS = {
    "s3:Bucket": "arn:aws:s3:::{name}",
    "iam:Role": "arn:aws:iam::{account}:role/{name}",
    "iam:InstanceProfile": "arn:aws:iam::{account}:instance-profile/{name}",
    "iam:OpenIdConnectProvider": "arn:aws:iam::{account}:oidc-provider/{url}",
    "cloudwatch:LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "cloudwatch:MetricAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "cloudwatch:CompositeAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "lb:LoadBalancer": "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{short}",
    "lb:TargetGroup": "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{short}",
    "lb:Listener": "arn:aws:elasticloadbalancing:{region}:{account}:listener/app/alb/{short}/{short}",
    "lb:ListenerRule": "arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/app/alb/{short}/{short}/{short}",
    "sns:Topic": "arn:aws:sns:{region}:{account}:{name}",
    "sqs:Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "kms:Key": "arn:aws:kms:{region}:{account}:key/{id}",
    "rds:Instance": "arn:aws:rds:{region}:{account}:db:{name}",
    "secretsmanager:Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-a1B2c3",
    "lambda:Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "ecs:Cluster": "arn:aws:ecs:{region}:{account}:cluster/{name}",
    "ecs:TaskDefinition": "arn:aws:ecs:{region}:{account}:task-definition/{family}:1",
    "ecr:Repository": "arn:aws:ecr:{region}:{account}:repository/{name}",
    "elasticache:ReplicationGroup": "arn:aws:elasticache:{region}:{account}:replicationgroup:{name}",
    "cloudfront:Distribution": "arn:aws:cloudfront::{account}:distribution/{id}",
    "wafv2:WebAcl": "arn:aws:wafv2:{region}:{account}:global/webacl/{name}/{id}",
    "servicediscovery:HttpNamespace": "arn:aws:servicediscovery:{region}:{account}:namespace/{id}",
}
# Outputs that a program takes apart, so that a bare placeholder would not do.
SHAPED: dict[str, dict[str, Any]] = {
    "rds:Instance": {
        "address": "{name}.abcdefghijkl.{region}.rds.amazonaws.com",
        "masterUserSecrets": [
            {"secretArn": "arn:aws:secretsmanager:{region}:{account}:secret:rds!db-{short}-a1B2c3"}
        ],
    },
    "elasticache:ReplicationGroup": {"primaryEndpointAddress": "master.{name}.abcdef.{region}.cache.amazonaws.com"},
    "lb:LoadBalancer": {"arnSuffix": "app/{name}/{short}", "dnsName": "{name}-1234567890.{region}.elb.amazonaws.com"},
    "lb:TargetGroup": {"arnSuffix": "targetgroup/{name}/{short}"},
    "cloudfront:Distribution": {"domainName": "d111111abcdef8.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"},
    "sesv2:EmailIdentity": {"dkimSigningAttributes": {"tokens": ["dkim1", "dkim2", "dkim3"]}},
    "ecr:Repository": {"repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}"},
    "s3:Bucket": {"bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com"},
}  # fmt: skip

_importing = threading.Lock()  # the provider's modules load when first touched, and not safely from two threads


class Refused(Exception):
    """The provider would refuse the resource; the message says why."""


def outputs_of(token: str, name: str, urn: str, inputs: Mapping[str, Any], region: str) -> tuple[str, dict[str, Any]]:
    """Return a resource's id and what it would have beside its inputs.

    Raises:
        Refused: the name that the provider would make is longer than AWS allows.
    """
    kind = short_type(token)
    mark = hashlib.sha256(urn.encode()).hexdigest()
    made = _placeholders(token, name, inputs)
    if kind in AUTONAMES:
        key, longest = AUTONAMES[kind]
        made[key] = inputs.get(key) or f"{name}-{mark[:7]}"
        if len(made[key]) > longest:
            raise Refused(f"{urn}: the name {made[key]!r} is longer than {longest} characters")
    elif made.get("name") == f"{name}.name":
        made["name"] = f"{name}-{mark[:7]}"
    own = {**made, **inputs}
    region = str(inputs.get("region") or region)
    words = {
        **{key: value for key, value in own.items() if isinstance(value, str)},
        "name": own.get("name") or own.get("bucket") or own.get("identifier") or own.get("replicationGroupId") or name,
        "account": ACCOUNT,
        "region": region,
        "short": mark[:16],
        "id": f"{ID_PREFIXES[kind]}-{mark[:17]}" if kind in ID_PREFIXES else mark[:14],
    }
    if "arn" in made or kind in ARNS:
        service, _, what = kind.lower().partition(":")
        pattern = ARNS.get(kind, f"arn:aws:{service}:{{region}}:{{account}}:{what}/{{name}}")
        made["arn"] = pattern.format(**words)
    made.update(_filled(SHAPED.get(kind, {}), words))
    if kind == "acm:Certificate":
        names = [str(inputs["domainName"]), *inputs.get("subjectAlternativeNames", [])]
        made["domainValidationOptions"] = [_proof(one) for one in names]
    if "region" in made:
        made["region"] = region
    if "tagsAll" in made:
        made["tagsAll"] = inputs.get("tags", {})
    if kind in ARN_IS_ID:
        return made["arn"], made
    return str(
        words["id"] if kind in ID_PREFIXES or kind in ("kms:Key", "cloudfront:Distribution") else words["name"]
    ), made


def _proof(domain: str) -> dict[str, str]:
    return {
        "domainName": domain,
        "resourceRecordName": f"_a1b2.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": "_c3d4.acm-validations.aws.",
    }


def _filled(shape: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(shape, str):
        return shape.format(**words)
    if isinstance(shape, list):
        return [_filled(one, words) for one in shape]
    return {key: _filled(value, words) for key, value in shape.items()}


def _placeholders(token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value of the right kind for each output that the provider always sets."""
    made: dict[str, Any] = {}
    for key, kind in _always_set(token):
        if key in inputs or key in ("urn", "id"):
            continue
        if "Sequence" in kind:
            made[key] = []
        elif "Mapping" in kind:
            made[key] = {}
        elif "str" in kind:
            made[key] = f"{name}.{key}"
        elif "int" in kind or "float" in kind:
            made[key] = 1
        elif "bool" in kind:
            made[key] = False
    return made


@cache
def _always_set(token: str) -> tuple[tuple[str, str], ...]:
    with _importing:
        module, _, name = _classes().get(token, "").rpartition(".")
        if not module:
            return ()
        kind = getattr(importlib.import_module(module), name)
    found = []
    for _, member in inspect.getmembers(kind, lambda one: isinstance(one, property)):
        key = getattr(member.fget, "_pulumi_name", None)
        returned = str(inspect.signature(member.fget).return_annotation)
        if key and "Optional" not in returned:
            found.append((key, returned))
    return tuple(found)


@cache
def _classes() -> dict[str, str]:
    """Return the class of each type. The provider registers them in a document inside its own source."""
    import pulumi_aws  # noqa: PLC0415 - takes a second, which only planning needs

    source = inspect.getsource(pulumi_aws)
    blob = source[source.index("resource_modules=") :].split('"""')[1]
    return {token: f"{one['fqn']}.{name}" for one in json.loads(blob) for token, name in one["classes"].items()}

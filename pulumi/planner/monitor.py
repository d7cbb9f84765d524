"""Stands where Pulumi's engine stands while a program runs, and writes down what the program registers."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, resource_pb2

from planner.outputs import Refused, outputs_of
from planner.resources import ACCOUNT, Resource

STACK = "pulumi:pulumi:Stack"
ZONES = "abc"


class Monitor:
    """The engine's interface, as the SDK calls it. Everything that is registered ends in `resources`."""

    def __init__(self, project: str, stack: str, region: str) -> None:
        self.project, self.stack, self.region = project, stack, region
        self.resources: dict[str, Resource] = {}
        self.exports: dict[str, Any] = {}
        self.problems: list[str] = []
        self._lock = threading.Lock()

    def GetDeploymentInfo(self, _request: Any) -> Any:
        """Say what this engine can do."""
        return resource_pb2.DeploymentInfo(
            project=self.project,
            stack=self.stack,
            supportedFeatures=[
                resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
                resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
            ],
        )

    def SupportsFeature(self, request: Any) -> Any:
        """Say whether this engine can do one thing."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets", "resourceReferences"))

    def RegisterResource(self, request: Any) -> Any:
        """Write a resource down and answer as AWS would."""
        urn = self._urn(request.parent, request.type, request.name)
        secrets: list[str] = []
        inputs = plain(json_format.MessageToDict(request.object), secrets)
        identity = ""
        outputs: dict[str, Any] = {}
        if request.custom:
            try:
                identity, outputs = outputs_of(request.type, request.name, urn, inputs, self.region)
            except Refused as refused:
                self.problems.append(str(refused))
        depends_on = {
            *request.dependencies,
            *(urn for one in request.propertyDependencies.values() for urn in one.urns),
        }
        with self._lock:
            if urn in self.resources:
                raise ValueError(f"duplicate resource URN {urn!r}")
            self.resources[urn] = Resource(
                urn,
                request.type,
                request.name,
                request.parent,
                request.custom,
                id=identity,
                arn=str(outputs.get("arn", "")),
                inputs=inputs,
                outputs=outputs,
                depends_on=tuple(sorted(depends_on)),
                ignore_changes=tuple(request.ignoreChanges),
                secrets=tuple(secrets),
                protect=request.protect,
                retain=request.retainOnDelete,
            )
        state = struct_pb2.Struct()
        state.CopyFrom(request.object)
        state.update(outputs)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=state)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Keep what the stack exports."""
        if request.urn.split("::")[2] == STACK:
            self.exports = plain(json_format.MessageToDict(request.outputs), [])
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        """Answer a look-up in the account.

        Raises:
            LookupError: there is no answer for it.
        """
        answers: Mapping[str, Callable[[], dict[str, Any]]] = {
            "aws:index/getAvailabilityZones:getAvailabilityZones": lambda: {
                "id": self.region,
                "names": [self.region + letter for letter in ZONES],
                "zoneIds": [],
            },
            "aws:ec2/getManagedPrefixList:getManagedPrefixList": lambda: {"id": "pl-3b927c52", "name": "cloudfront"},
            "aws:route53/getZone:getZone": lambda: {
                "id": "Z0123456789",
                "zoneId": "Z0123456789",
                "name": "example.com",
            },
            "aws:ssm/getParameter:getParameter": lambda: {"id": "ami", "name": "ami", "value": "ami-0123456789abcdef0"},
            "aws:index/getCallerIdentity:getCallerIdentity": lambda: {
                "id": ACCOUNT,
                "accountId": ACCOUNT,
                "arn": f"arn:aws:iam::{ACCOUNT}:user/planner",
                "userId": "planner",
            },
        }
        if request.tok not in answers:
            raise LookupError(f"the planner has no answer for {request.tok}")
        answer = struct_pb2.Struct()
        answer.update(answers[request.tok]())
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})  # type: ignore[arg-type] # a keyword of Python

    def RegisterPackage(self, request: Any) -> Any:
        """Accept a provider."""
        return resource_pb2.RegisterPackageResponse(ref=request.name)

    def SignalAndWaitForShutdown(self, _request: Any) -> Any:
        """Nothing is left to do when a program ends."""
        return empty_pb2.Empty()

    def _urn(self, parent: str, kind: str, name: str) -> str:
        if parent and (above := parent.split("::")[2]) != STACK:
            kind = f"{above}${kind}"
        return f"urn:pulumi:{self.stack}::{self.project}::{kind}::{name}"


class Engine:
    """The other half of the engine: it keeps the root and what the program logs."""

    def __init__(self) -> None:
        self.root = ""
        self.errors: list[str] = []

    def Log(self, request: Any) -> Any:
        """Keep errors; the rest is said by the plan itself."""
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        return empty_pb2.Empty()

    def GetRootResource(self, _request: Any) -> Any:
        """Return the stack's URN."""
        return engine_pb2.GetRootResourceResponse(urn=self.root)

    def SetRootResource(self, request: Any) -> Any:
        """Keep the stack's URN."""
        self.root = request.urn
        return engine_pb2.SetRootResourceResponse()


def plain(value: Any, secrets: list[str], path: str = "") -> Any:
    """Return a value of the wire as Python's; paths of secrets are added to `secrets`."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) in (rpc._special_asset_sig, rpc._special_archive_sig):
            return _asset(value)
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            secrets.append(path)
            return plain(value["value"], secrets, path)
        return {key: plain(inner, secrets, f"{path}.{key}".lstrip(".")) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, secrets, f"{path}[{at}]") for at, inner in enumerate(value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _asset(value: dict[str, Any]) -> Any:
    """Return a file by its content's hash, so that a plan holds no path of the machine it was made on."""
    if "assets" in value:
        return {name: _asset(inner) for name, inner in value["assets"].items()}
    content = Path(value["path"]).read_bytes()
    return f"sha256:{hashlib.sha256(content).hexdigest()}"

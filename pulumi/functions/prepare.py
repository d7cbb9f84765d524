"""Fills the shop's secrets and brings its database up to date. `pulumi up` calls it before the services change.

It may be called at any time and as often as one likes: a secret that has a value keeps it, and the tasks that provision
and migrate are safe to repeat. No value leaves it, neither in its answer nor in its log. The event says what there is:

    {"secrets": {"backend": {"arn": ..., "keys": [...]}, ...}, "database": "host", "name": "sweetdream",
     "cache": {"id": ..., "address": ...}, "tasks": [{"name": ..., "definition": ...}, ...],
     "cluster": ..., "subnets": [...], "securityGroup": ...}
"""

import base64
import json
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

import boto3

log = logging.getLogger()
log.setLevel(logging.INFO)

POLL_SECONDS = 5.0
# RFC 8410: what stands before the 32 bytes of an Ed25519 private key.
ED25519_PREFIX = bytes.fromhex("302e020100300506032b657004220420")


class TaskFailed(Exception):
    """A one-off task did not end well; its log says why."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Do everything, in order. Raises what went wrong, so that `pulumi up` fails and can be run again."""
    filled = fill(event, boto3.client("secretsmanager"))
    protect_cache(event, boto3.client("secretsmanager"), boto3.client("elasticache"))
    for task in event["tasks"]:
        run_task(event, task, boto3.client("ecs"))
    return {"filled": filled, "ran": [task["name"] for task in event["tasks"]]}


def fill(event: dict[str, Any], vault: Any) -> list[str]:
    """Give a value to every key that has none, and return the secrets that were changed."""
    found = {name: _read(vault, told["arn"]) for name, told in event["secrets"].items()}
    shared = next((one["SERVICE_SECRET"] for one in found.values() if "SERVICE_SECRET" in one), _token())
    changed = []
    for name, told in event["secrets"].items():
        value = dict(found[name])
        if "DATABASE_URL" in told["keys"]:
            value.setdefault("password", _token())
            role, password, host = name, value["password"], event["database"]
            value["DATABASE_URL"] = f"postgresql://{role}:{password}@{host}:5432/{event['name']}?sslmode=require"
        if "VALKEY_URL" in told["keys"]:
            value.setdefault("cache_token", _token())
            value["VALKEY_URL"] = f"rediss://:{value['cache_token']}@{event['cache']['address']}:6379/0"
        for key in told["keys"]:
            value.setdefault(key, MAKERS.get(key, _token)() if key != "SERVICE_SECRET" else shared)
        if value != found[name]:
            vault.put_secret_value(SecretId=told["arn"], SecretString=json.dumps(value, sort_keys=True))
            changed.append(name)
    log.info("secrets filled: %s", changed)
    return changed


def protect_cache(event: dict[str, Any], vault: Any, caches: Any) -> None:
    """Let the cache ask for its token. ElastiCache wants two steps: take on a token, then take no other."""
    told = next(one for one in event["secrets"].values() if "VALKEY_URL" in one["keys"])
    token, group = _read(vault, told["arn"])["cache_token"], event["cache"]["id"]

    def find() -> dict[str, Any]:
        answer: dict[str, Any] = caches.describe_replication_groups(ReplicationGroupId=group)["ReplicationGroups"][0]
        return answer

    if find().get("AuthTokenEnabled"):
        return
    for strategy in ("ROTATE", "SET"):
        caches.modify_replication_group(
            ReplicationGroupId=group, AuthToken=token, AuthTokenUpdateStrategy=strategy, ApplyImmediately=True
        )
        _wait(lambda: find()["Status"] == "available")
    log.info("the cache asks for its token")


def run_task(event: dict[str, Any], task: dict[str, str], ecs: Any) -> None:
    """Run a task to its end.

    Raises:
        TaskFailed: it could not start, or ended with an error.
    """
    network = {"subnets": event["subnets"], "securityGroups": [event["securityGroup"]], "assignPublicIp": "DISABLED"}
    answer = ecs.run_task(
        cluster=event["cluster"],
        taskDefinition=task["definition"],
        capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        networkConfiguration={"awsvpcConfiguration": network},
        startedBy="prepare",
    )
    if answer.get("failures") or not answer["tasks"]:
        raise TaskFailed(f"{task['name']} did not start: {answer.get('failures')}")
    arn = answer["tasks"][0]["taskArn"]
    last: dict[str, Any] = {}

    def ended() -> bool:
        last.update(ecs.describe_tasks(cluster=event["cluster"], tasks=[arn])["tasks"][0])
        return bool(last["lastStatus"] == "STOPPED")

    _wait(ended)
    codes = [one.get("exitCode") for one in last["containers"]]
    if codes != [0] * len(codes):
        raise TaskFailed(f"{task['name']} ended with {codes}: {last.get('stoppedReason')}")
    log.info("%s ran", task["name"])


def _read(vault: Any, arn: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(vault.get_secret_value(SecretId=arn)["SecretString"])
    except vault.exceptions.ResourceNotFoundException:  # made, and never filled
        return {}
    return value


def _wait(done: Callable[[], bool]) -> None:
    # Lambda ends the call after fifteen minutes, which is the deadline.
    while not done():
        time.sleep(POLL_SECONDS)


def _token() -> str:
    return secrets.token_hex(32)  # letters and digits: safe in an address, and in ElastiCache's alphabet


def _signing_key() -> str:
    body = base64.b64encode(ED25519_PREFIX + secrets.token_bytes(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


MAKERS: dict[str, Callable[[], str]] = {"SIGNING_KEY": _signing_key}

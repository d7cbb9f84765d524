"""What has to be there before the shop."""

import json

import pytest

from planner.project import BOOTSTRAP, plan
from planner.resources import Plan


@pytest.fixture(scope="module")
def found() -> Plan:
    return plan("main", folder=BOOTSTRAP)


def test_states_are_kept_encrypted_and_apart(found: Plan) -> None:
    names = {one.inputs["bucket"]: one.inputs["region"] for one in found.of_type("s3:Bucket")}
    assert names == {
        "sweetdream-pulumi-state-dev-123456789012": "us-east-1",
        "sweetdream-pulumi-state-prod-123456789012": "us-west-2",
    }
    assert all(one.protect for one in found.of_type("s3:Bucket", "kms:Key"))
    assert len(found.of_type("s3:BucketVersioning")) == len(found.of_type("s3:BucketPublicAccessBlock")) == 2
    assert len(found.of_type("s3:BucketPolicy")) == 2


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_pipeline_comes_in_by_its_environment_alone(environment: str, found: Plan) -> None:
    trust = json.loads(found.one("iam:Role", f"{environment}-deploy").inputs["assumeRolePolicy"])["Statement"][0]
    subjects = trust["Condition"]["StringLike"]["token.actions.githubusercontent.com:sub"]
    assert subjects == [
        f"repo:your-organisation/sweetdream:environment:{environment}",
        f"repo:your-organisation@*/sweetdream@*:environment:{environment}",
    ]
    audience = trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:aud"]
    assert audience == "sts.amazonaws.com"


def test_every_image_that_is_run_has_a_repository(found: Plan, plans: dict[str, Plan]) -> None:
    repositories = {(one.inputs["region"], one.inputs["name"]) for one in found.of_type("ecr:Repository")}
    for stack in plans.values():
        images = [
            json.loads(one.inputs["containerDefinitions"])[0]["image"] for one in stack.of_type("ecs:TaskDefinition")
        ]
        images += [one.inputs["imageUri"] for one in stack.of_type("lambda:Function") if "imageUri" in one.inputs]
        for image in images:
            assert (stack.region, image.partition("/")[2].partition(":")[0]) in repositories

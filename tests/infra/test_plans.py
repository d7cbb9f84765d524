"""The planner, the committed plans, and what they cost."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from planner import cost, report
from planner.project import ProgramFailed, plan
from planner.resources import Plan, Resource

HERE = Path(__file__).parent / "plans"
BOUNDS = {"dev": (73, 120), "prod": (156, 260)}


def test_the_plan_is_the_one_that_is_committed(stack: Plan) -> None:
    """A change of the programs shows in the diff: `./dev plan dev --json tests/infra/plans/dev.json`."""
    assert stack.to_json() == (HERE / f"{stack.stack}.json").read_text(encoding="utf-8")


def test_a_month_costs_what_was_said(stack: Plan) -> None:
    least, most = BOUNDS[stack.stack]
    assert least <= cost.total(cost.estimate(stack)) <= most


def test_a_second_nat_gateway_costs_what_one_costs(prod: Plan) -> None:
    two = plan("prod", {"sweetdream:network": '{"cidr": "10.0.0.0/16", "nat_gateways": 2}'})
    assert cost.total(cost.estimate(two)) - cost.total(cost.estimate(prod)) == pytest.approx(36.5)


def test_what_has_no_price_is_named(dev: Plan) -> None:
    unknown = Resource("urn:new", "aws:msk/cluster:Cluster", "kafka", "", custom=True)
    with pytest.raises(cost.Unpriced, match="msk:Cluster"):
        cost.estimate(dataclasses.replace(dev, resources=(*dev.resources, unknown)))


def test_the_report_says_what_is_open_and_what_it_costs(prod: Plan) -> None:
    text = report.plan_text(prod)
    assert "network / firewall" in text or "firewall" in text
    assert report.exposed(prod) == [
        "CloudFront for shop.example.com",
        "port 443 of the load balancer, for CloudFront only",
        "port 80 of the load balancer, for CloudFront only",
        "port 8443 of the load balancer, for our own NAT gateway",
    ]
    assert f"{cost.total(cost.estimate(prod)):8.2f}" in text


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("sweetdream:shop", '{"min_task": 1}', "min_task"),
        ("sweetdream:shop", '{"max_tasks": 0}', "max_tasks"),
        ("sweetdream:deployment", '{"strategy": "big_bang"}', "strategy"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(part: str, value: str, said: str) -> None:
    with pytest.raises(ProgramFailed, match=said):
        plan("dev", {part: value})


def test_options_make_what_they_say() -> None:
    shop = '{"off_hours": true, "busy_hours": true, "predictive": "ForecastOnly", "environment": "development"}'
    found = plan("dev", {"sweetdream:shop": shop, "sweetdream:bastion": '{"enabled": true}'})
    hours = {one.inputs["name"] for one in found.of_type("appautoscaling:ScheduledAction")}
    assert {f"sweetdream-dev-backend-{what}" for what in ("night", "morning", "busy", "quiet")} <= hours
    kinds = [one.inputs["policyType"] for one in found.of_type("appautoscaling:Policy")]
    assert kinds.count("PredictiveScaling") == 4
    bastion = found.one("ec2:Instance").inputs
    assert bastion["metadataOptions"]["httpTokens"] == "required"
    assert not bastion.get("keyName")
    assert all("minCapacity" in one.ignore_changes for one in found.of_type("appautoscaling:Target"))


def test_dev_plan_and_cost_are_verbs(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "plan", "dev", "--json", str(file)],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Reachable from the internet" in done.stdout
    assert file.read_text(encoding="utf-8") == (HERE / "dev.json").read_text(encoding="utf-8")


def test_a_stack_that_is_not_there_is_named(pytestconfig: pytest.Config) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "cost", "staging"],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "dev, prod" in done.stdout + done.stderr

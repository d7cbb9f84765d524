"""The plans of both stacks, made once for a run."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from planner.project import plan
from planner.resources import Plan

STACKS = ("dev", "prod")


@pytest.fixture(scope="session")
def plans() -> dict[str, Plan]:
    with ThreadPoolExecutor() as pool:
        return dict(zip(STACKS, pool.map(plan, STACKS), strict=True))


@pytest.fixture(scope="session")
def dev(plans: dict[str, Plan]) -> Plan:
    return plans["dev"]


@pytest.fixture(scope="session")
def prod(plans: dict[str, Plan]) -> Plan:
    return plans["prod"]


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> Plan:
    return plans[request.param]

"""The plans of both stacks and of the bootstrap, made once for a run and shared by its workers."""

import pickle
from pathlib import Path

import fasteners
import pytest

from planner.project import BOOTSTRAP, HOME, plan
from planner.resources import Plan
from tests.support.cluster import run_folder

STACKS = ("dev", "prod")


def shared_plan(stack: str, project: Path = HOME) -> Plan:
    """Return a stack's plan. The first worker that asks makes it."""
    folder = run_folder()
    folder.mkdir(exist_ok=True)
    file = folder / f"plan-{project.name}-{stack}.pickle"
    with fasteners.InterProcessLock(file.with_suffix(".lock")):
        if not file.exists():
            file.write_bytes(pickle.dumps(plan(stack, folder=project)))
    made: Plan = pickle.loads(file.read_bytes())
    return made


@pytest.fixture(scope="session")
def plans() -> dict[str, Plan]:
    return {stack: shared_plan(stack) for stack in STACKS}


@pytest.fixture(scope="session")
def foundation() -> Plan:
    """The plan of the bootstrap project."""
    return shared_plan("main", BOOTSTRAP)


@pytest.fixture(scope="session")
def dev(plans: dict[str, Plan]) -> Plan:
    return plans["dev"]


@pytest.fixture(scope="session")
def prod(plans: dict[str, Plan]) -> Plan:
    return plans["prod"]


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> Plan:
    return plans[request.param]

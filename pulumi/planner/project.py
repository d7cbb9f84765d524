"""Reads a Pulumi project's files as the CLI does, and plans a stack of it in a process of its own."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from planner.resources import Plan

HOME = Path(__file__).resolve().parent.parent
BOOTSTRAP = HOME / "bootstrap"
SECRET = "a-secret-of-the-stack"  # noqa: S105
"""What stands for a value that only the stack's key can read."""


class ProgramFailed(Exception):
    """The program ended with an error; the message is what it wrote."""


@dataclass(frozen=True)
class Project:
    """`Pulumi.yaml` with one `Pulumi.STACK.yaml`."""

    name: str
    stack: str
    folder: Path
    config: dict[str, str]
    secret_keys: list[str]

    @classmethod
    def read(cls, folder: Path, stack: str) -> "Project":
        """Read the files of a stack.

        Raises:
            FileNotFoundError: there is no such stack.
        """
        name = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        told = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]
        secret_keys = [key for key, value in told.items() if isinstance(value, dict) and "secure" in value]
        config = {key: SECRET if key in secret_keys else _text(value) for key, value in told.items()}
        return cls(name, stack, folder, config, secret_keys)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def plan(stack: str, overrides: Mapping[str, str] | None = None, folder: Path = HOME) -> Plan:
    """Return the plan of a stack, with configuration values put in place of the stack's own.

    Raises:
        FileNotFoundError: there is no such stack.
        ProgramFailed: the program ended with an error.
    """
    Project.read(folder, stack)
    pairs = [f"{key}={value}" for key, value in (overrides or {}).items()]
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
    done = subprocess.run(
        [sys.executable, "-m", "planner", str(folder), stack, *pairs],
        cwd=HOME,
        env={**outside, "PYTHONPATH": str(HOME)},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ProgramFailed(done.stderr.decode(errors="replace").strip())
    found: Plan = pickle.loads(done.stdout)
    return found

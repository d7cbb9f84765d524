"""`./dev plan` and `./dev cost`: what the Pulumi programs would make on AWS, and its cost. Neither needs a cloud."""

import os
import subprocess
import sys
from pathlib import Path

from launcher.errors import LauncherError
from launcher.paths import ROOT

PROGRAMS = ROOT / "pulumi"


def run(*arguments: str) -> None:
    """Call the planner, which lives beside the programs and in a process of its own.

    Raises:
        LauncherError: it could not plan.
    """
    outside = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROGRAMS), str(ROOT)])}
    done = subprocess.run([sys.executable, "-m", "planner.cli", *arguments], cwd=PROGRAMS, env=outside, check=False)
    if done.returncode:
        raise LauncherError("The stack could not be planned as it is.", "What is wrong stands above.")


def stacks() -> list[str]:
    """Return the stacks there are."""
    return sorted(Path(file).name.split(".")[1] for file in PROGRAMS.glob("Pulumi.*.yaml"))

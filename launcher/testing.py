"""`./dev test`: every check there is, with what it needs, and one summary at the end."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path

from launcher import browser, images, tools, ui
from launcher.engine import engine
from launcher.errors import LauncherError
from launcher.paths import ROOT, data_folder

CLOSING_LINE = re.compile(r"^(=+ )?\d+ (passed|failed|error|skipped|deselected).* in [\d.]+s( \([\d:]+\))?( =+)?$")
PYTHON_M = (sys.executable, "-m")
BIN = Path(sys.executable).parent
CHECKS: dict[str, list[list[str]]] = {
    "lint": [
        [*PYTHON_M, "ruff", "check", "."],
        [*PYTHON_M, "ruff", "format", "--check", "."],
        [str(BIN / "hadolint"), *map(str, sorted(ROOT.glob("deploy/**/*Dockerfile")))],
        [str(BIN / "check-jsonschema"), "--builtin-schema=vendor.compose-spec", "compose.yaml"],
    ],
    "types": [[*PYTHON_M, "mypy"]],
    "imports": [[str(BIN / "lint-imports")]],
}
FAST_FOLDERS = ("unit", "integration", "contract", "infra")
BROWSER_FOLDER = "e2e"
# One more than there are cores: many tests wait for something now and then.
WORKERS = min(4, (os.cpu_count() or 1) + 1)
# Files begin in the order in which they are collected: those marked `begins_first` before all others, so that no worker
# is left alone with a long one at the end. xdist's own order would begin with the files of the most tests.
PARALLEL = (f"--numprocesses={WORKERS}", "--dist=loadfile", "--no-loadscope-reorder")
# A browser test that fails runs once more: a machine that is busy with something else can break a step that depends on
# the step before. The summary counts and names the tests that were repeated.
BROWSER_OPTIONS = ("--reruns=1", "-raR")
IMAGES_FOLDER = "images"
STAGES = (*CHECKS, *FAST_FOLDERS, BROWSER_FOLDER, IMAGES_FOLDER)
FAST = "--fast"
FAST_STAGES = (*CHECKS, "unit")
"""What answers within a minute."""


@dataclass(frozen=True)
class Outcome:
    """How a stage went: `closing` is pytest's closing line, for the stages that are pytest's."""

    name: str
    passed: bool
    seconds: float
    closing: str = ""


def run(arguments: Sequence[str]) -> int:
    """Run the stages named in `arguments`, all when none is; the rest goes to pytest. Return the exit code.

    Raises:
        LauncherError: a stage is named that does not exist.
    """
    if FAST in arguments:
        arguments = [*FAST_STAGES, *(word for word in arguments if word != FAST)]
    named = list(takewhile(lambda word: not word.startswith("-"), arguments))
    for word in named:
        if word not in STAGES:
            raise LauncherError(f"There is no stage {word!r}.", f"There are: {', '.join(STAGES)}.")
    chosen = named or list(STAGES)
    for_pytest = list(arguments[len(named) :])
    outcomes = [_stage(name, partial(_check, commands)) for name, commands in CHECKS.items() if name in chosen]
    folders = [f"tests/{name}" for name in FAST_FOLDERS if name in chosen and _has_tests(name)]
    if folders:
        names = " ".join(folder.removeprefix("tests/") for folder in folders)
        outcomes.append(_stage(names, lambda: _pytest([*folders, *PARALLEL, *for_pytest])))
    if BROWSER_FOLDER in chosen and _has_tests(BROWSER_FOLDER):
        for_browser = [f"tests/{BROWSER_FOLDER}", *PARALLEL, *BROWSER_OPTIONS, *for_pytest]
        outcomes.append(_stage(BROWSER_FOLDER, lambda: _pytest(for_browser, _for_browser())))
    if IMAGES_FOLDER in chosen and _has_tests(IMAGES_FOLDER):
        outcomes.append(_stage(IMAGES_FOLDER, partial(_images, for_pytest)))
    _summarise(outcomes)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _has_tests(name: str) -> bool:
    return any((ROOT / "tests" / name).rglob("test_*.py"))


def _stage(name: str, work: Callable[[], tuple[bool, str]]) -> Outcome:
    ui.console.rule(f"[bold]{name}[/bold]", align="left")
    started = time.monotonic()
    try:
        passed, closing = work()
    except LauncherError as error:
        ui.complain(error)
        passed, closing = False, ""
    return Outcome(name, passed, time.monotonic() - started, closing)


def _check(commands: list[list[str]]) -> tuple[bool, str]:
    # Every command runs, so that one sees all there is to mend.
    codes = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands]
    return not any(codes), ""


def _for_browser() -> dict[str, str]:
    return {browser.VARIABLE: browser.find_or_install(), "AXE": str(tools.install(data_folder() / "tools"))}


def _images(for_pytest: list[str]) -> tuple[bool, str]:
    """Build the images and test them with a real engine, from inside its network."""
    needed = _for_browser()
    with engine() as docker:
        environment = images.build(docker, data_folder() / "images")
        told = {**needed, **docker.environment, **environment}
        return _pytest([f"tests/{IMAGES_FOLDER}", *for_pytest], told, docker.inside)


def _pytest(
    arguments: list[str], environment: dict[str, str] | None = None, inside: Sequence[str] = ()
) -> tuple[bool, str]:
    """Run pytest, passing on what it prints; tell whether it passed, and its closing line."""
    closing = ""
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    with subprocess.Popen(
        [*inside, *PYTHON_M, "pytest", *colour, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            plain = re.sub(r"\x1b\[[\d;]*m", "", line).strip()
            if CLOSING_LINE.match(plain):
                closing = plain
    return process.returncode == 0, closing


def _summarise(outcomes: Sequence[Outcome]) -> None:
    ui.console.rule("[bold]summary[/bold]", align="left")
    for outcome in outcomes:
        mark = "[green]✓[/green]" if outcome.passed else "[red]✗[/red]"
        ui.console.print(f"{mark} {outcome.name} [dim]{outcome.seconds:.0f} s[/dim]")
    for outcome in outcomes:
        if outcome.closing:
            ui.console.print(outcome.closing, markup=False, soft_wrap=True)

"""`python -m planner PROJECT STACK`: runs a program and writes its plan to standard output, pickled for the caller.

A process of its own, because Pulumi keeps what it runs in globals.
"""

import asyncio
import pickle
import runpy
import sys
from pathlib import Path

import pulumi.runtime as engine

from planner.monitor import Engine, Monitor
from planner.project import Project
from planner.resources import Plan


def record(project: Project, overrides: dict[str, str]) -> Plan:
    """Run the program of a project against the recording monitor."""
    config = {**project.config, **overrides}
    monitor = Monitor(project.name, project.stack, config["aws:region"])
    listener = Engine()
    engine.set_all_config(config, project.secret_keys)
    settings = engine.Settings(
        project=project.name,
        stack=project.stack,
        monitor=monitor,
        engine=listener,
        parallel=16,
        dry_run=False,
        organization="organization",
        root_directory=str(project.folder),
    )
    engine.configure(settings)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    program = str(project.folder / "__main__.py")

    def run() -> None:
        runpy.run_path(program, run_name="__main__")

    loop.run_until_complete(engine.run_in_stack(run))
    return Plan(
        project.name,
        project.stack,
        monitor.region,
        tuple(sorted(monitor.resources.values(), key=lambda one: one.urn)),
        monitor.exports,
        tuple(sorted([*monitor.problems, *listener.errors])),
        config,
    )


if __name__ == "__main__":
    folder, stack, *pairs = sys.argv[1:]
    plan = record(Project.read(Path(folder), stack), dict(pair.split("=", 1) for pair in pairs))
    sys.stdout.buffer.write(pickle.dumps(plan))

"""The verbs of `./dev`."""

import os
import shutil
import subprocess
import sys
from typing import Annotated, NoReturn

import typer

from launcher import admin, credentials, database, doctor, lock, people, services, shop, testing, ui
from launcher.errors import LauncherError
from launcher.paths import ROOT, data_folder
from launcher.postgres import programs
from launcher.provision import DATABASE
from launcher.record import Record

app = typer.Typer(help="Runs the SweetDream shop on this machine.", no_args_is_help=True, add_completion=False)
app.add_typer(admin.app, name="admin", no_args_is_help=True)

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def up(
    open_browser: Annotated[bool, typer.Option("--open", help="Open the storefront in the browser.")] = False,
) -> None:
    """Run the whole shop: database, services, storefront. Ctrl-C stops it."""
    shop.run(data_folder(), browser=open_browser)


@app.command()
def dev() -> None:
    """Run the shop with reload: services start again, and the storefront is built again, when code changes."""
    shop.run(data_folder(), reload=True)


@app.command(context_settings=PASS_ON)
def test(context: typer.Context) -> None:
    """Run every check and test, or those named: lint types imports unit integration contract infra e2e.

    --fast runs those that answer within a minute: lint types imports unit.
    What begins with a dash, and everything after it, goes to pytest: ./dev test unit -k money
    """
    raise typer.Exit(testing.run(context.args))


@app.command()
def seed(
    products: Annotated[int | None, typer.Option(min=1, help="Grow the catalogue to so many by variations.")] = None,
) -> None:
    """Fill an empty catalogue with the reference shop's cakes."""
    folder = data_folder()
    with database.running(folder):
        here = shop.Shop(folder)
        database.prepare(here.cluster, here.credentials)
        database.migrate_all(here.cluster, here.credentials)
        here.seed(products)


@app.command(context_settings=PASS_ON)
def psql(
    context: typer.Context,
    role: Annotated[str, typer.Argument(help="A service's role, or postgres for all.")] = "postgres",
) -> None:
    """Open psql on the shop's database. What follows the role goes to psql: ./dev psql backend -c 'select 1'."""
    folder = data_folder()
    program = shutil.which("psql", path=str(programs())) or "psql"
    with database.running(folder) as cluster:
        passwords = credentials.load(folder).role_passwords
        url = cluster.url(DATABASE, role, passwords.get(role))
        path = {"PGOPTIONS": f"-c search_path={role},public"} if role in passwords else {}
        done = subprocess.run([program, url, *context.args], env={**os.environ, **path}, check=False)
    raise typer.Exit(done.returncode)


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help="A service, or postgres; all services when left out.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
) -> None:
    """Show the ends of the logs."""
    folder = data_folder()
    files = {one.name: folder / "logs" / f"{one.name}.log" for one in services.ALL}
    files["postgres"] = database.shop_cluster(folder).log
    if service and service not in files:
        raise LauncherError(f"There is no service {service!r}.", f"There are: {', '.join(files)}.")
    chosen = [path for name, path in files.items() if service in {"", name} and path.exists()]
    if not chosen:
        raise LauncherError("There are no logs yet.", "./dev up writes them.")
    raise typer.Exit(subprocess.run(["tail", *(["-F"] if follow else []), "-n", "50", *chosen], check=False).returncode)


@app.command()
def role(email: str, new_role: people.RoleArgument) -> None:
    """Give somebody a role; the shop must be running. The same as ./dev admin role."""
    admin.give_role(email, new_role)


@app.command(name="lock")
def lock_command(
    upgrade: Annotated[bool, typer.Option(help="Move to the newest versions that the groups admit.")] = False,
) -> None:
    """Compile requirements/ from the dependency groups in pyproject.toml."""
    with ui.step("requirements/"):
        lock.lock(upgrade=upgrade)


@app.command(name="doctor")
def doctor_command() -> None:
    """Check what the shop needs of this machine, and say what to do about what is missing."""
    raise typer.Exit(doctor.run(data_folder()))


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete the shop's data: database, pictures, logs, secrets."""
    folder = data_folder()
    if (pid := Record(folder).launcher_pid()) is not None:
        raise LauncherError(f"The shop is running (process {pid}).", f"Stop it first: Ctrl-C there, or kill {pid}")
    if not yes:
        typer.confirm(f"Delete everything the shop keeps in {folder}?", abort=True)
    cluster = database.shop_cluster(folder)
    if cluster.folder.exists():
        cluster.destroy()
    for entry in folder.glob("*"):
        if entry.name in KEPT_BY_RESET:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    ui.console.print("Everything is gone; ./dev up begins anew.")


KEPT_BY_RESET = {"uv", "tools"}
"""What ./dev fetched to work with; it is nobody's data."""


@app.command(context_settings=PASS_ON)
def bench(context: typer.Context) -> None:
    """Measure this machine's rates and latencies; options go to tests.bench."""
    raise typer.Exit(
        subprocess.run([sys.executable, "-m", "tests.bench", *context.args], cwd=ROOT, check=False).returncode
    )


def main() -> NoReturn:
    """Run the command line; a `LauncherError` becomes its message and exit code 1."""
    try:
        app(prog_name="./dev")
    except LauncherError as error:
        ui.complain(error)
    sys.exit(1)

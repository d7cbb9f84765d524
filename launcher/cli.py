"""The verbs of `./dev`."""

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape
from rich.table import Table

from launcher import (
    admin,
    backup,
    compose_secrets,
    credentials,
    database,
    doctor,
    infrastructure,
    lock,
    nightly,
    people,
    replace,
    restore,
    services,
    shop,
    testing,
    ui,
    upgrade,
)
from launcher.archive import Manifest
from launcher.errors import LauncherError
from launcher.folder import Entry, contents, delete, forget
from launcher.libpq import forget_variables
from launcher.paths import ROOT, data_folder
from launcher.postgres import programs
from shopkit.provision import DATABASE

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
    """Run every check and test, or those named: lint types imports unit integration contract infra e2e images.

    --fast runs those that answer within a minute: lint types imports unit.
    What begins with a dash, and everything after it, goes to pytest: ./dev test unit -k money
    """
    raise typer.Exit(testing.run(context.args))


@app.command()
def secrets() -> None:
    """Make the secrets of `docker compose up`, in a file .env that git ignores. Those that are there stay."""
    made = compose_secrets.generate(ROOT)
    ui.tell(f"Made {', '.join(made)} in .env." if made else "All secrets are there: .env is unchanged.")
    if "ADMIN_PASSWORD" in made:
        ui.tell("The first admin's password is ADMIN_PASSWORD in it. A database made with other passwords keeps them:")
        ui.tell("docker compose down --volumes deletes it.")


@app.command()
def seed(
    products: Annotated[int | None, typer.Option(min=1, help="Grow the catalogue to so many by variations.")] = None,
    history: Annotated[
        int | None, typer.Option(min=0, max=365, help="Demo events of so many days for the reports; 0 removes them.")
    ] = None,
) -> None:
    """Fill an empty catalogue with the reference shop's cakes."""
    folder = data_folder()
    with database.running(folder):
        here = shop.Shop(folder)
        database.prepare(here.cluster, here.credentials)
        database.migrate_all(here.cluster, here.credentials)
        here.seed(products, history)


@app.command(context_settings=PASS_ON)
def psql(
    context: typer.Context,
    role: Annotated[str, typer.Argument(help="A service's role, or postgres for all.")] = "postgres",
) -> None:
    """Open psql on the shop's database. What follows the role goes to psql: ./dev psql backend -c 'select 1'."""
    folder = data_folder()
    with database.running(folder) as cluster:
        passwords = credentials.load(folder).role_passwords
        told = cluster.client_environment(DATABASE, role, passwords.get(role))
        path = {"PGOPTIONS": f"-c search_path={role},public"} if role in passwords else {}
        done = subprocess.run([_psql(), *context.args], env={**told, **path}, check=False)
    raise typer.Exit(done.returncode)


def _psql() -> str:
    return shutil.which("psql", path=str(programs())) or "psql"


@app.command(name="backup")
def backup_command(
    file: Annotated[Path, typer.Argument(help="The file to write, or a folder to put it into.")],
) -> None:
    """Write the database and the pictures into one file; the shop may go on running."""
    target = backup.target_of(file)
    with ui.step(f"Backup to {target}"):
        manifest = backup.backup(data_folder(), target)
    ui.tell(f"{_told(manifest)}; {ui.size(target.stat().st_size)}. Keep it where this machine is not.")


@app.command(name="restore")
def restore_command(
    file: Annotated[Path | None, typer.Argument(help="A file of ./dev backup.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the file; change nothing.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Put back what the last restore or upgrade replaced.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Bring the shop back to a backup. What is there now is kept beside it."""
    folder = data_folder()
    if undo:
        with database.unused(folder):
            replace.undo(folder)
        ui.console.print("What was replaced is back. Do the same again to change your mind.")
        return
    if file is None:
        raise LauncherError("Which backup?", "./dev restore FILE, or ./dev restore --undo")
    if check:
        with ui.step(f"Every byte of {file} is as it was written"):
            manifest = restore.check(file)
        ui.tell(_told(manifest))
        return

    def confirm(manifest: Manifest) -> None:
        ui.tell(_told(manifest))
        if not yes:
            typer.confirm(f"Replace the shop in {folder} by it?", abort=True)

    restore.restore(folder, file, confirm)
    ui.tell(f"Restored. What was there is in {folder / replace.REPLACED}; ./dev restore --undo puts it back.")


def _told(manifest: Manifest) -> str:
    moment = datetime.fromisoformat(manifest.made_at).astimezone()
    return (
        f"The shop of {moment:%Y-%m-%d %H:%M:%S}: {sum(manifest.tables.values()):,} rows in {len(manifest.tables)} "
        f"tables, {len(manifest.pictures):,} pictures"
    )


@app.command(name="upgrade")
def upgrade_command() -> None:
    """Move the database to the PostgreSQL that is installed, when another major version made it."""
    folder = data_folder()
    with ui.step("Upgrade"):
        done = upgrade.upgrade(folder)
    if done is None:
        ui.console.print("There is nothing to do: the data is of the PostgreSQL that is installed.")
        return
    aside = folder / replace.REPLACED
    ui.tell(f"The data is PostgreSQL {done[1]}'s now. What {done[0]} made is in {aside}.")


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
def export(
    day: Annotated[str | None, typer.Option(help="A shop day as 2026-03-01; the last whole one when left out.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Today's events so far.")] = False,
) -> None:
    """Write a day's events from the logs into the lake; once or ten times, the lake is the same."""
    for line in nightly.told(nightly.export(data_folder(), day=day, test=test)):
        ui.tell(line)


@app.command()
def lake(
    query: Annotated[str | None, typer.Argument(help="SQL over events and order_lines; a shell when left out.")] = None,
    compact: Annotated[str | None, typer.Option(help="Write a month, as 2026-03, to Parquet under curated/.")] = None,
) -> None:
    """Ask the lake with SQL."""
    where = ["--lake", str(data_folder() / nightly.LAKE)]
    told = [f"--compact={compact}"] if compact else [query] if query else []
    raise typer.Exit(
        subprocess.run([sys.executable, "-m", "analytics.query", *where, *told], cwd=ROOT, check=False).returncode
    )


@app.command()
def role(email: str, new_role: people.RoleArgument) -> None:
    """Give somebody a role; the shop must be running. The same as ./dev admin role."""
    admin.give_role(email, new_role)


@app.command()
def plan(
    stack: Annotated[str, typer.Argument(help="dev or prod.")],
    file: Annotated[Path | None, typer.Option("--json", help="Write the whole plan into this file.")] = None,
    against: Annotated[Path | None, typer.Option(help="Show what differs from this plan, and refuse losses.")] = None,
    loses: Annotated[list[str] | None, typer.Option(help="What may be replaced or deleted, by name.")] = None,
) -> None:
    """Show what `pulumi up` would make on AWS, without a cloud; fails when a rule is broken."""
    more = [f"--against={against.resolve()}"] if against else []
    _ask_planner("plan", stack, file, *more, *(f"--loses={name}" for name in loses or []))


@app.command()
def cost(
    stack: Annotated[str, typer.Argument(help="dev or prod.")],
    file: Annotated[Path | None, typer.Option("--json", help="Write the lines into this file.")] = None,
) -> None:
    """Show what a stack costs on AWS in a month."""
    _ask_planner("cost", stack, file)


def _ask_planner(what: str, stack: str, file: Path | None, *more: str) -> None:
    if stack not in (known := infrastructure.stacks()):
        raise LauncherError(f"There is no stack {stack!r}.", f"There are: {', '.join(known)}.")
    infrastructure.run(what, stack, *([f"--json={file.resolve()}"] if file else []), *more)


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
    """Delete the shop's data: database, pictures, logs, secrets. Says what will go, and asks."""
    folder = data_folder()
    if not contents(folder):
        ui.tell(f"There is nothing of the shop in {folder}.")
        return
    with database.unused(folder):
        entries = contents(folder)
        ui.tell(f"This goes from {folder}:")
        ui.console.print(_listed(entries))
        if not yes:
            typer.confirm("Delete it for good?", abort=True)
        for entry in entries:
            delete(entry)
    forget(folder)
    ui.console.print("Everything is gone; ./dev up begins anew.")


def _listed(entries: list[Entry]) -> Table:
    table = Table.grid(padding=(0, 2))
    for entry in entries:
        if entry.what:
            leads = f" (a link to {entry.path.readlink()}, which stays)" if entry.path.is_symlink() else ""
            table.add_row(f"  {entry.path.name}", ui.size(entry.size), escape(entry.what + leads))
    return table


@app.command(context_settings=PASS_ON)
def bench(context: typer.Context) -> None:
    """Measure this machine's rates and latencies; options go to tests.bench."""
    raise typer.Exit(
        subprocess.run([sys.executable, "-m", "tests.bench", *context.args], cwd=ROOT, check=False).returncode
    )


def main() -> NoReturn:
    """Run the command line; a `LauncherError` becomes its message and exit code 1."""
    forget_variables()
    try:
        app(prog_name="./dev")
    except LauncherError as error:
        ui.complain(error)
    sys.exit(1)

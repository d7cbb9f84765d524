"""`./dev admin …`: the shop's people from the terminal."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from launcher import people, ui

app = typer.Typer(help="List and show the shop's people, and give roles; the shop must be running.")

STYLES = {"ADMIN": "bold yellow", "CUSTOMER": "", "GUEST": "dim"}


@app.command(name="list")
def list_people(
    words: Annotated[list[str] | None, typer.Argument(help="Of name, e-mail or phone; accents do not matter.")] = None,
    role: Annotated[
        people.Role | None, typer.Option(case_sensitive=False, help="Without it everybody but guests.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 50,
) -> None:
    """List people, newest first."""
    with people.staff() as staff:
        found, total = staff.find(" ".join(words or []), role, limit)
    if not found:
        ui.console.print("Nobody matches." if words or role else "There is nobody yet.")
        return
    table = Table(title_justify="left")
    for heading in ("id", "e-mail", "name", "phone", "role", "last seen"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "id" else "left")
    for user in found:
        named = (user["email"] or "", user["name"], user["phone"])
        table.add_row(str(user["id"]), *map(escape, named), _role(user["role"]), _moment(user["lastSeenAt"]))
    ui.console.print(table)
    ui.console.print(f"[dim]{len(found):,} of {total:,}[/dim]")


@app.command()
def show(email: str) -> None:
    """Show one person, with what they have ordered."""
    with people.staff() as staff:
        user = staff.person(email)
        orders = staff.orders(user["id"])
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _facts(user, orders).items():
        table.add_row(name, value)
    ui.console.print(table)


@app.command()
def role(email: str, new_role: people.RoleArgument) -> None:
    """Give somebody a role; their sessions end."""
    give_role(email, new_role)


def give_role(email: str, new_role: people.NewRole) -> None:
    """Give somebody a role, and say so."""
    with people.staff() as staff:
        user = staff.give_role(email, new_role)
    ui.console.print(f"{escape(user['email'])} is now {user['role']}.")


def _facts(user: people.User, orders: dict[str, Any]) -> dict[str, str]:
    placed = f"{orders['orders']:,}, and {orders['cancelled']:,} cancelled"
    return {
        "Id": str(user["id"]),
        "E-mail": escape(user["email"]),
        "Name": escape(user["name"]),
        "Phone": escape(user["phone"]),
        "Address": escape(user["address"]),
        "Role": _role(user["role"]),
        "Since": _moment(user["createdAt"]),
        "Last seen": _moment(user["lastSeenAt"]),
        "Orders": placed,
        "Spent": f"{orders['spent']:,} đ",
        "Last order": _moment(orders["lastOrderAt"]),
    }


def _role(role: str) -> str:
    style = STYLES[role]
    return f"[{style}]{role}[/{style}]" if style else role


def _moment(told: str | None) -> str:
    """Return a moment in this machine's time, to the minute."""
    return f"{datetime.fromisoformat(told).astimezone():%Y-%m-%d %H:%M}" if told else "never"

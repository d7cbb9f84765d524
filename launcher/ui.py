"""What the launcher shows: steps with their time, and tables. Plain lines where nobody watches a terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.markup import escape

from launcher.errors import LauncherError

WIDTH_WITHOUT_TERMINAL = 110

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
errors = Console(highlight=False, stderr=True, width=None if sys.stderr.isatty() else WIDTH_WITHOUT_TERMINAL)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show that `title` is under way, and how long it took."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(f"{escape(title)} …"):
            yield
    else:
        yield
    console.print(f"[green]✓[/green] {escape(title)} [dim]{time.monotonic() - started:.1f} s[/dim]")


def say(message: str) -> None:
    """Print one line that matters while the shop runs."""
    with suppress(OSError):  # a terminal that is gone, or a full disk, must not end the shop
        console.print(f"[yellow]{time.strftime('%H:%M:%S')}[/yellow] {escape(message)}", soft_wrap=True)


def tell(message: str) -> None:
    """Print a line as it is."""
    console.print(escape(message), soft_wrap=True)


def complain(error: LauncherError) -> None:
    """Print what is wrong and what to do."""
    errors.print(f"[red bold]✗[/red bold] {escape(error.what)}", soft_wrap=True)
    if error.hint:
        errors.print(escape(error.hint), soft_wrap=True)


def size(count: int) -> str:
    """Return a number of bytes as people say it."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"

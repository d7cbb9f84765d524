"""What was measured, one line each, and the table of it."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Line:
    """A measurement. `ratio` compares it with `reference`; `goal` is the ratio wanted, where there is one."""

    what: str
    measured: str
    reference: str = ""
    ratio: float | None = None
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the goal is reached."""
        if self.ratio is None or self.goal is None:
            return ""
        return "[green]reached[/green]" if self.ratio >= self.goal else "[red]missed[/red]"


def show(title: str, lines: list[Line]) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in ("what", "measured", "reference", "ratio", "goal", ""):
        table.add_column(heading)
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        goal = "" if line.goal is None else f">= {line.goal:.2f}"
        table.add_row(line.what, line.measured, line.reference, ratio, goal, line.verdict)
    console = Console()
    Console(width=max(console.width, 120)).print(table)

"""`./dev lake`: a statement on the command line, and the shell."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.export import export
from analytics.lakes import FolderLake
from analytics.sources import FolderSource
from tests.unit.analytics.lake import AFTER, DAY, line_of, some_event, write_log


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("query")
    chance = random.Random(1)
    write_log(folder / "logs", [line_of(some_event(chance, seconds=60)) for _ in range(12)])
    export(FolderSource(folder / "logs"), FolderLake(folder / "lake"), DAY, now=lambda: AFTER)
    return folder / "lake"


def ask(lake: Path, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "analytics.query", "--lake", str(lake), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_a_statement_is_answered(lake: Path) -> None:
    done = ask(lake, "select count(*) as events, min(shop_day) as day from events")
    assert (done.returncode, done.stderr) == (0, "")
    assert "12" in done.stdout
    assert "2026-03-01" in done.stdout


def test_a_statement_that_is_wrong_is_told(lake: Path) -> None:
    done = ask(lake, "select nonsense from events")
    assert done.returncode == 1
    assert "nonsense" in done.stderr


def test_the_shell_goes_on_after_a_mistake_and_ends_with_its_input(lake: Path) -> None:
    done = ask(lake, stdin="select\ncount(*) * 100\nfrom events;\nselect nonsense;\n\nselect 40 + 2;\n")
    assert done.returncode == 0
    assert "1200" in done.stdout
    assert "nonsense" in done.stderr
    assert "42" in done.stdout


def test_an_empty_lake_has_empty_relations(tmp_path: Path) -> None:
    done = ask(tmp_path / "none", "select count(*) + 7 as n from events join order_lines using (event_id)")
    assert done.returncode == 0
    assert "7" in done.stdout


def test_what_is_no_month_is_refused(lake: Path) -> None:
    done = ask(lake, "--compact", "March")
    assert done.returncode == 2
    assert "no month" in done.stderr

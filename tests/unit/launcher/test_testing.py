"""`./dev test`: which stages run, what goes to pytest, and what it all amounts to."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from launcher import testing
from launcher.engine import Engine
from launcher.errors import LauncherError


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Give the pytest runs that are asked for; none happens, and each passes."""
    runs: list[list[str]] = []

    def pretend(
        arguments: list[str], environment: dict[str, str] | None = None, inside: Sequence[str] = ()
    ) -> tuple[bool, str]:
        runs.append(arguments)
        return True, "===== 3 passed in 0.10s ====="

    monkeypatch.setattr(testing, "_pytest", pretend)
    monkeypatch.setattr(testing, "_for_browser", dict)
    monkeypatch.setattr(testing, "engine", lambda: nullcontext(Engine()))
    monkeypatch.setattr(testing.images, "build", lambda _engine, _folder: {})
    monkeypatch.setattr(testing, "_has_tests", lambda name: name != "infra")
    monkeypatch.setattr(testing, "CHECKS", {"lint": [[sys.executable, "-c", ""]]})
    return runs


def test_all_stages_run_when_none_is_named(ran: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert testing.run([]) == 0
    assert [[word for word in run if word.startswith("tests/")] for run in ran] == [
        ["tests/unit", "tests/integration", "tests/contract"],
        ["tests/e2e"],
        ["tests/images"],
    ]
    assert capsys.readouterr().out.rstrip().endswith("===== 3 passed in 0.10s =====")


def test_named_stages_run_alone_and_options_go_to_pytest(ran: list[list[str]]) -> None:
    assert testing.run(["unit", "-k", "integration"]) == 0
    assert len(ran) == 1
    assert ran[0][0] == "tests/unit"
    assert ran[0][-2:] == ["-k", "integration"]


def test_an_unknown_stage_is_named(ran: list[list[str]]) -> None:
    with pytest.raises(LauncherError, match="no stage 'units'"):
        testing.run(["units"])
    assert ran == []


def test_one_failed_check_fails_all_but_stops_nothing(ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "CHECKS", {"lint": [[sys.executable, "-c", "raise SystemExit(1)"]]})
    assert testing.run([]) == 1
    assert len(ran) == 3


def test_a_stage_that_lacks_what_it_needs_fails_and_is_explained(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_browser() -> dict[str, str]:
        raise LauncherError("no browser", "install one")

    monkeypatch.setattr(testing, "_for_browser", no_browser)
    assert testing.run(["e2e"]) == 1
    assert "install one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        ("======== 12 passed in 0.10s ========", True),
        ("=== 1 failed, 12 passed, 1 error in 125.10s (0:02:05) ===", True),
        ("12 passed in 0.10s", True),
        ("================ test session starts ================", False),
        ("3 errors in the kitchen", False),
    ],
)
def test_pytests_closing_line_is_recognised(line: str, closes: bool) -> None:
    assert bool(testing.CLOSING_LINE.match(line)) is closes


def test_every_folder_of_tests_belongs_to_a_stage() -> None:
    folders = {path.parent.name for path in (Path(__file__).parents[2]).glob("*/*") if path.name.startswith("test_")}
    assert folders <= set(testing.STAGES)

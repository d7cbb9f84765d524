"""Where the browser of the end-to-end tests comes from, with programs that only pretend."""

import os
from pathlib import Path

import pytest

from launcher import browser
from launcher.errors import LauncherError


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the only folder on PATH: no browser in it, and a Python whose Playwright cannot download one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROME", raising=False)
    monkeypatch.setattr(browser, "MAC_APPLICATION", "/nonexistent")
    monkeypatch.setattr(browser, "_playwrights", lambda: ["/nonexistent"])
    monkeypatch.setattr("sys.executable", str(program(tmp_path / "python", "echo no such download; exit 1")))
    return tmp_path


def test_the_named_browser_is_taken(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs / "chromium", "exit 0")
    mine = program(programs / "mine", "exit 0")
    monkeypatch.setenv("CHROME", str(mine))
    assert browser.find_or_install() == str(mine)


def test_a_named_browser_that_does_not_start_is_an_error(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROME", str(program(programs / "broken", "exit 1")))
    with pytest.raises(LauncherError, match=r"CHROME is .*broken, which does not start"):
        browser.find_or_install()


def test_a_browser_on_the_path_must_start(programs: Path) -> None:
    program(programs / "chromium", "exit 10")  # as the placeholder for a snap does
    chrome = program(programs / "google-chrome", "exit 0")
    assert browser.find() == str(chrome)


def test_a_headless_shell_is_preferred(programs: Path) -> None:
    program(programs / "chromium", "exit 0")
    shell = program(programs / "chrome-headless-shell", "exit 0")
    assert browser.find_or_install() == str(shell)


def test_root_with_a_browser_gets_the_shell_beside_it(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    chromium = program(programs / "chromium", "exit 0")
    shell = programs / "chromium-headless-shell"
    known = f'echo "#!/bin/sh" > {shell}; /bin/chmod +x {shell}'
    program(programs / "apt-get", "exit 100")
    assert browser.find_or_install() == str(chromium), "the system has no such package"
    program(programs / "apt-get", f'[ "$4" != chromium-headless-shell ] || {{ {known}; }}')
    assert browser.find_or_install() == str(shell)


@pytest.mark.parametrize("name", ["chromium-headless-shell", "chromium"])
def test_root_installs_the_systems_package_where_playwright_cannot(
    programs: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    installed = programs / name
    program(
        programs / "apt-get",
        f'[ "$4" != {name} ] || {{ echo "#!/bin/sh" > {installed}; /bin/chmod +x {installed}; }}',
    )
    assert browser.find_or_install() == str(installed)


def test_no_browser_is_a_failure_that_says_what_to_do(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LauncherError, match="need Chrome or Chromium") as raised:
        browser.find_or_install()
    assert "CHROME=/path/to/chrome ./dev test" in raised.value.hint
    assert "no such download" in raised.value.hint

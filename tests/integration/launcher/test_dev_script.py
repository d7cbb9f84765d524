"""`./dev` itself, in a folder with a space in its name, with a uv that only writes down what it is asked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.paths import ROOT

UV_STUB = """#!/bin/sh
echo "$*" >> calls
[ "$2" != "$UV_STUB_FAILS" ] || exit 1
[ "$1" != venv ] || "{python}" -m venv --without-pip .venv
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout with nothing in it but the script, a lock and a launcher that prints its arguments."""
    root = tmp_path / "sweet dream"
    (root / "requirements").mkdir(parents=True)
    (root / "launcher").mkdir()
    shutil.copy(ROOT / "dev", root / "dev")
    (root / "requirements" / "dev.txt").write_text("first==1\n")
    (root / "launcher" / "__init__.py").touch()
    (root / "launcher" / "__main__.py").write_text("import sys\nprint(sys.argv[1:])\n")
    stub = root / "uv"
    stub.write_text(UV_STUB.format(python=sys.executable))
    stub.chmod(0o755)
    return root


def dev(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "PYTHON": sys.executable, "UV": "./uv", "UV_STUB_FAILS": "", **environment}
    script = str(checkout / "dev")
    return subprocess.run([script, *arguments], cwd="/", env=told, capture_output=True, text=True, check=False)


def calls(checkout: Path) -> list[str]:
    return (checkout / "calls").read_text().splitlines()


def test_it_installs_once_and_passes_its_arguments_on(checkout: Path) -> None:
    first = dev(checkout, "test", "unit", "-k", "two words")
    assert first.stdout == "['test', 'unit', '-k', 'two words']\n", first.stderr
    assert [call.split()[0] for call in calls(checkout)] == ["venv", "pip"]
    assert "--require-hashes" in calls(checkout)[1]

    second = dev(checkout, "up")
    assert second.stdout == "['up']\n"
    assert second.stderr == ""
    assert len(calls(checkout)) == 2


def test_a_changed_lock_is_installed(checkout: Path) -> None:
    dev(checkout)
    (checkout / "requirements" / "dev.txt").write_text("second==2\n")
    dev(checkout)
    assert [call.split()[0] for call in calls(checkout)] == ["venv", "pip", "pip"]


def test_a_broken_venv_is_made_anew(checkout: Path) -> None:
    dev(checkout)
    (checkout / ".venv" / "bin" / "python").unlink()
    assert dev(checkout).returncode == 0
    assert [call.split()[0] for call in calls(checkout)] == ["venv", "pip", "venv", "pip"]


def test_a_failed_install_is_explained_and_tried_again(checkout: Path) -> None:
    failed = dev(checkout, "up", UV_STUB_FAILS="sync")
    assert failed.returncode == 1
    assert "dev: the Python packages could not be installed." in failed.stderr
    assert "Without network" in failed.stderr
    assert dev(checkout, "up").stdout == "['up']\n"


def test_too_old_a_python_is_explained(checkout: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("dirname", "cmp"):
        (programs / name).symlink_to(str(shutil.which(name)))
    old = programs / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what the version check of an old Python answers
    old.chmod(0o755)
    refused = dev(checkout, PYTHON="", PATH=str(programs))
    assert refused.returncode == 1
    assert refused.stderr.startswith("dev: no Python 3.11 or newer was found.\n")
    assert "PYTHON=/path/to/python3 ./dev" in refused.stderr

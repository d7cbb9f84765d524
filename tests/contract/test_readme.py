"""What README says is true: its requests run as they stand, its commands and folders exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.paths import ROOT
from tests.support.cluster import Databases
from tests.support.processes import shop_processes

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
PORTS = {"3001": "backend", "3002": "order_service", "3003": "user_service"}


def test_the_requests_work_word_for_word(databases: Databases, tmp_path: Path) -> None:
    script = next(block for block in BLOCKS if "curl" in block)
    with shop_processes(databases, tmp_path, seed=True) as shop:
        for port, name in PORTS.items():
            assert f"http://127.0.0.1:{port}" in script
            script = script.replace(f"http://127.0.0.1:{port}", shop.url(name))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert '"Bánh Mousse Đậu Đỏ"' in done.stdout
    assert '"Tiramisu Cổ Điển"' in done.stdout
    assert '"note" : "In the oven"' in done.stdout


def test_every_command_named_is_there_and_none_is_left_out() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "launcher", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    offered = set(re.findall(r"^[│ ]+([a-z]+)  ", said, re.MULTILINE))
    named = set(re.findall(r"^\| `\./dev ([a-z]+)` \|", README, re.MULTILINE))
    assert named == offered


def test_the_two_commands_stand_first() -> None:
    assert [block.strip() for block in BLOCKS[:2]] == ["./dev up", "./dev test"]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#h][^)]*)\)", README))))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_house_is_as_described() -> None:
    described = set(re.findall(r"^([a-z_]+)/ ", README, re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= described
    assert all((ROOT / name).is_dir() for name in described)

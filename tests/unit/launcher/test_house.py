"""Rules of the house that import-linter cannot see."""

import ast

import pytest

from launcher import services
from launcher.paths import ROOT
from launcher.services import SCHEMAS


def test_the_folder_pulumi_is_no_package() -> None:
    # It would shadow the SDK of the same name.
    assert not (ROOT / "pulumi" / "__init__.py").exists()


@pytest.mark.parametrize("service", services.ALL, ids=lambda service: service.name)
def test_an_import_string_of_the_launcher_names_a_factory(service: services.Service) -> None:
    module, _, factory = service.factory.partition(":")
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    assert factory in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_with_a_role_has_migrations(schema: str) -> None:
    assert (ROOT / schema / "migrations" / "env.py").is_file()

"""What the documents tell people to type is true to the plans."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.cli import app
from planner.resources import Plan, strings

DOCUMENTS = ("docs/aws.md", "docs/aws/operations.md", "docs/aws/unproven.md")
MADE_BY_HAND = {"sweetdream-prod-db-restored", "sweetdream-prod-db-old"}
OF_THE_FOUNDATION = re.compile(r"sweetdream-(pulumi-\w+|deploy-\w+|state)")


def text_of(name: str, root: Path) -> str:
    return (root / name).read_text(encoding="utf-8")


def commands(text: str) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from (line.strip() for line in block.splitlines() if line.strip())
    yield from re.findall(r"`((?:\./dev|pulumi|aws|curl) [^`]+)`", text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_names_are_in_the_plans(document: str, plans: dict[str, Plan], pytestconfig: pytest.Config) -> None:
    known = {text for plan in plans.values() for one in plan.resources for text in strings(one.inputs)}
    known |= {text.rpartition("/")[2] for text in known}
    text = text_of(document, pytestconfig.rootpath)
    names = set(re.findall(r"\bsweetdream[-/](?:dev|prod)[-/][a-z-]+", text))
    names |= set(re.findall(r"SweetDream-[A-Za-z-]+", text)) | set(
        re.findall(r"/(?:sweetdream|aws/lambda)/[\w/-]+", text)
    )
    unknown = {one for one in names if one not in known and not OF_THE_FOUNDATION.match(one)} - MADE_BY_HAND
    assert unknown == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_are_whole(document: str, pytestconfig: pytest.Config) -> None:
    verbs = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    found = list(commands(text_of(document, pytestconfig.rootpath)))
    assert found
    for command in found:
        words = command.split()
        if words[0] == "./dev":
            assert words[1] in verbs, command
        elif words[0] == "aws":
            assert "--region" in words, command
        elif words[0] == "pulumi" and "--cwd" in words:
            assert (pytestconfig.rootpath / words[words.index("--cwd") + 1] / "Pulumi.yaml").exists(), command


def test_links_lead_somewhere(pytestconfig: pytest.Config) -> None:
    for document in DOCUMENTS:
        path = pytestconfig.rootpath / document
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{document}: {target}"

"""The runbooks of `docs/runbooks`, which the monitoring page shows. They are read when the page is built."""

import re
from dataclasses import dataclass
from pathlib import Path

from storefront.i18n import DEFAULT, Lang

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "runbooks"
NAMES = ("service-down", "errors", "slow", "database", "outbox", "holds", "backup")

_STEP = re.compile(r"\d+\. ")
_INLINE = re.compile(r"`(?P<code>[^`]+)`|\[[^\]]+\]\((?P<page>[a-z-]+)\.md\)")


@dataclass(frozen=True)
class Piece:
    """Part of a line. `kind` is text, code, or page: the name of another runbook."""

    kind: str
    text: str


@dataclass(frozen=True)
class Part:
    """A paragraph, or the steps of a list, each as pieces."""

    is_list: bool
    items: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True)
class Runbook:
    """What to do about one kind of trouble."""

    name: str
    title: str
    parts: tuple[Part, ...]


def runbooks(lang: Lang) -> list[Runbook]:
    """Return all runbooks in a language.

    None where the sources are not at hand: the pages that a server sends were built where they are.
    """
    folder = FOLDER / lang if lang == DEFAULT else FOLDER
    return (
        [read(name, (folder / f"{name}.md").read_text(encoding="utf-8")) for name in NAMES] if folder.is_dir() else []
    )


def read(name: str, text: str) -> Runbook:
    """Read a runbook's Markdown, of which it may use: a title, paragraphs, numbered steps, code, links to others."""
    head, *blocks = text.strip().split("\n\n")
    return Runbook(name, head.removeprefix("# "), tuple(_part(block) for block in blocks))


def _part(block: str) -> Part:
    lines: list[str] = []
    is_list = bool(_STEP.match(block))
    for line in block.splitlines():
        if is_list and _STEP.match(line):
            lines.append(_STEP.sub("", line, count=1))
        elif lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return Part(is_list, tuple(_pieces(line) for line in lines))


def _pieces(line: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    end = 0
    for found in _INLINE.finditer(line):
        if found.start() > end:
            pieces.append(Piece("text", line[end : found.start()]))
        pieces.append(Piece("code", found["code"]) if found["code"] else Piece("page", found["page"]))
        end = found.end()
    if end < len(line):
        pieces.append(Piece("text", line[end:]))
    return tuple(pieces)

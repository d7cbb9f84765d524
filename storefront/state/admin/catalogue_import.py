"""A catalogue from a file: looked at first, done only when somebody has seen what it does."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import ImportChange, ImportProblem, ImportReport
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.dates import format_count
from storefront.i18n import Lang, t, table
from storefront.state.admin.base import AdminState, Events
from storefront.state.admin.uploading import Uploading
from storefront.state.validate import focus_script

FIELD = "catalogue-file"
MAX_BYTES = 5 * 1024 * 1024
"""What the backend takes of a file."""
MOST_PROBLEMS = 500
"""Problems shown: who has more mends these first."""
RESULT_ID = "import-result"
_AMOUNTS: dict[str, Callable[[int, Lang], str]] = {"price": lambda vnd, _: format_vnd(vnd), "stock": format_count}
_FIELD = re.compile(r"(?P<column>\w+)(?P<size> \(.*\))?: (?P<values>.*)", re.DOTALL)
_ARROW = " → "


@dataclass(frozen=True)
class ProblemRow:
    """A problem, in the person's language. `line` is "" for the file as a whole."""

    key: int
    line: str
    column: str
    value: str
    text: str


@dataclass(frozen=True)
class ChangedField:
    """A field's change in words. `is_emptied` when nothing is left in it."""

    text: str
    is_emptied: bool


@dataclass(frozen=True)
class ChangeRow:
    """What happens to one product."""

    slug: str
    name: str
    is_new: bool
    fields: tuple[ChangedField, ...]


@dataclass(frozen=True)
class SheetView:
    """The file and what it does. `step` is "" before there is one, then checked, then done."""

    name: str = ""
    step: str = ""
    is_busy: bool = False
    percent: int = 0
    trouble: str = ""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    changes: tuple[ChangeRow, ...] = ()
    more_changes: int = 0
    problems: tuple[ProblemRow, ...] = ()
    problem_count: int = 0
    can_apply: bool = False


def shown(report: ImportReport, lang: Lang) -> dict[str, Any]:
    """Return the fields of a `SheetView` that a report fills."""
    touched = report.created + report.changed
    return {
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "changes": tuple(_change(change, lang) for change in report.changes),
        "more_changes": max(0, touched - len(report.changes)),
        "problems": tuple(_problem(key, one, lang) for key, one in enumerate(report.problems[:MOST_PROBLEMS])),
        "problem_count": len(report.problems),
        "can_apply": touched > 0 and not report.problems and not report.applied,
        "step": "done" if report.applied else "checked",
    }


def _problem(key: int, problem: ImportProblem, lang: Lang) -> ProblemRow:
    """Return a problem in words: by its code, or in the service's own where the code is a new one."""
    text = f"admin_import.problem_{problem.code}"
    return ProblemRow(
        key=key,
        line=str(problem.line) if problem.line else "",
        column=_heading(problem.column, lang) if problem.column else "",
        value=problem.value,
        text=t(lang, text) if text in table(lang) else problem.message,
    )


def _change(change: ImportChange, lang: Lang) -> ChangeRow:
    fields = tuple(_changed(field, lang) for field in change.fields)
    return ChangeRow(change.slug, change.name, change.action == "created", fields)


def _changed(field: str, lang: Lang) -> ChangedField:
    """Return a field of an `ImportChange` in the person's language, its amounts as people read them."""
    match = _FIELD.fullmatch(field)
    if match is None:
        return ChangedField(field, is_emptied=False)
    column, values = match["column"], match["values"]
    is_emptied = values.endswith(_ARROW)
    if is_emptied or not values:
        values += f"({t(lang, 'admin_import.emptied')})"
    elif column in _AMOUNTS:
        values = _ARROW.join(_AMOUNTS[column](int(value), lang) for value in values.split(_ARROW))
    return ChangedField(f"{_called(column, lang)}{match['size'] or ''}: {values}", is_emptied)


def _called(column: str, lang: Lang) -> str:
    """Return what people call a column; an unknown one has its own name only."""
    key = f"admin_import.column_{column}"
    return t(lang, key) if key in table(lang) else column


def _heading(column: str, lang: Lang) -> str:
    """Return a column's name as the file has it, and what people call it where that differs."""
    called = _called(column, lang)
    return column if called == column else f"{column} ({called})"


class ImportState(Uploading, AdminState):
    """The file that is being imported."""

    sheet: SheetView = SheetView()

    _content: bytes = b""
    _digest: str = ""

    @rx.event
    def load(self) -> None:
        """Begin without a file."""
        self.sheet, self._content, self._digest = SheetView(), b"", ""

    @rx.event
    def begin(self, name: str, size: int) -> Any:
        """Say that a file is on its way, or why it is not taken."""
        if not name:
            return None
        self._content, self._digest, self._heard = b"", "", time.time()
        if size > MAX_BYTES:
            self.sheet = SheetView(trouble=t(self._language(), "admin_import.too_large"))
            return None
        self.sheet = SheetView(name=name, is_busy=True)
        watch: Any = ImportState.watch
        return watch

    @rx.event
    async def take(self, files: list[rx.UploadFile]) -> Events:
        """Look at the file that was uploaded. Nothing is changed."""
        if not files:
            return  # too large, as `begin` has told
        self._content = await files[0].read()
        async for event in self._run(dry_run=True):
            yield event

    @rx.event
    async def look_again(self) -> Events:
        """Look at the same file once more."""
        async for event in self._run(dry_run=True):
            yield event

    @rx.event
    async def apply(self) -> Events:
        """Do what was shown."""
        if self.sheet.can_apply:
            async for event in self._run(dry_run=False):
                yield event

    def _sent(self, percent: int) -> None:
        self.sheet = replace(self.sheet, percent=percent)

    def _is_sending(self) -> bool:
        return self.sheet.is_busy and not self._content

    def _stalled(self) -> None:
        self.sheet = SheetView(trouble=t(self._language(), "admin_import.stalled"))

    async def _run(self, *, dry_run: bool) -> Events:
        lang, content, digest = self._language(), self._content, self._digest
        self.sheet = replace(self.sheet, is_busy=True, percent=100, trouble="")
        yield None
        try:
            report = await self._call(
                lambda token: wiring.staff_catalog().import_products(
                    content, digest="" if dry_run else digest, dry_run=dry_run, token=token
                )
            )
        except SessionEnded as error:
            yield self._explain(error)
            return
        except ServiceProblem as problem:
            self._refused(problem)
        except ServiceUnavailable:
            # Whether it was done is not known: the digest makes sure that it is not done twice.
            self.sheet = replace(self.sheet, trouble=t(lang, "admin_import.unavailable"))
        else:
            self._digest = report.digest
            self.sheet = replace(self.sheet, **shown(report, lang))
            if report.applied:
                self._content = b""
        finally:
            self.sheet = replace(self.sheet, is_busy=False)
        yield rx.call_script(focus_script(RESULT_ID))

    def _refused(self, problem: ServiceProblem) -> None:
        lang = self._language()
        if problem.code in {"catalogue_changed", "import_problems"}:
            report = ImportReport.model_validate(problem.body)
            self._digest = report.digest
            text = t(lang, "admin_import.catalogue_changed") if problem.code == "catalogue_changed" else ""
            self.sheet = replace(self.sheet, **shown(report, lang), trouble=text)
            return
        key = "admin_import.too_large" if problem.status == 413 else "session.failed"
        self.sheet = replace(self.sheet, trouble=t(lang, key))

"""What a file would do to the catalogue: worked out whole before anything is done, and named by a digest."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from backend.sheets.parse import MAX_PROBLEMS, WHOLE_FILE, Sheet, SheetProduct, SheetSize
from shopkit.contracts.catalog import MAX_SIZES, ImportChange, ImportProblem, ImportReport, size_key

MAX_CHANGES = 200
MAX_SHOWN = 60
"""Letters of a value that the report shows."""
NEW_PRODUCT = {
    "name_en": "",
    "description": "",
    "description_en": "",
    "allergens": [],
    "archived": False,
    "occasions": [],
}
NEW_SIZE = {"stock": 0, "serves": None}


@dataclass(frozen=True)
class Known:
    """A product as it is: its fields by column, and its sizes' fields by code, in their order."""

    id: int
    fields: dict[str, Any]
    sizes: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Catalogue:
    """What a plan is made against: products by slug, and the slugs of all categories."""

    products: dict[str, Known]
    categories: frozenset[str]


@dataclass
class ProductPlan:
    """What becomes of a product: `id` is None for a new one. `before` and `after` hold what differs.

    `sizes` are the fields of each size that is new or changes; `fresh` are the codes of the new ones.
    """

    slug: str
    id: int | None
    fields: dict[str, Any]
    sizes: dict[str, dict[str, Any]] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    moves: dict[str, int] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    price_from: int = 0
    in_stock: bool = False

    @property
    def told(self) -> ImportChange:
        """The change as the report tells it."""
        names = [*self.after] if self.id is not None else [name for name in self.after if name.startswith("price (")]
        fields = [
            f"{name}: {_shown(self.before[name])} → {_shown(self.after[name])}"
            if name in self.before
            else f"{name}: {_shown(self.after[name])}"
            for name in names
        ]
        action = "created" if self.id is None else "changed"
        return ImportChange(slug=self.slug, name=str(self.fields["name"]), action=action, fields=fields)


@dataclass
class Plan:
    """What a file would do. With a problem in `sheet` nothing of it is done."""

    sheet: Sheet
    products: list[ProductPlan]
    unchanged: int
    digest: str

    def report(self, *, applied: bool = False) -> ImportReport:
        """Return the plan as staff see it."""
        created = sum(product.id is None for product in self.products)
        return ImportReport(
            lines=self.sheet.lines,
            created=created,
            changed=len(self.products) - created,
            unchanged=self.unchanged,
            changes=[product.told for product in self.products[:MAX_CHANGES]],
            problems=_told(self.sheet.problems),
            applied=applied,
            digest=self.digest,
        )


def _told(problems: list[ImportProblem]) -> list[ImportProblem]:
    """Return the problems in the file's order; if there are too many of them, what comes after the first is said."""
    ordered = sorted(problems, key=lambda problem: problem.line)
    if len(ordered) < MAX_PROBLEMS:
        return ordered
    message = f"There may be more problems than these {MAX_PROBLEMS}; mend them, and look again."
    more = ImportProblem(line=WHOLE_FILE, column=None, code="too_many_problems", message=message, value="")
    return [more, *ordered[:MAX_PROBLEMS]]


def make(content: bytes, sheet: Sheet, catalogue: Catalogue) -> Plan:
    """Return what the file would do to the catalogue; its `sheet` has the problems too that the catalogue shows."""
    sheet = Sheet(sheet.lines, sheet.products, sheet.unnamed, [*sheet.problems])
    enough = len(sheet.problems) + MAX_PROBLEMS
    for line in sheet.unnamed:
        _require_category(sheet, line, catalogue)
    plans: list[ProductPlan] = []
    for slug, product in sheet.products.items():
        if len(sheet.problems) >= enough:
            break
        plans.append(_of(sheet, slug, product, catalogue))
    changed = [plan for plan in plans if plan.after]
    facts = [[plan.slug, plan.id, plan.before, plan.after] for plan in changed]
    digest = hashlib.blake2b(content + orjson.dumps(facts), digest_size=16).hexdigest()
    return Plan(sheet, changed, len(plans) - len(changed), digest)


def _of(sheet: Sheet, slug: str, wanted: SheetProduct, catalogue: Catalogue) -> ProductPlan:
    known = catalogue.products.get(slug)
    _require_category(sheet, wanted, catalogue)
    if known is None:
        for name in ("name", "category"):
            if name not in wanted.fields and name not in wanted.bad:
                sheet.problem(wanted.line, name, "required", "A new product needs it.")
    now = known.fields if known else {}
    plan = ProductPlan(slug, known.id if known else None, {"name": slug, **NEW_PRODUCT, **now, **wanted.fields})
    _differ(plan, now, wanted.fields if known else plan.fields, "{}")
    every = {code: dict(fields) for code, fields in known.sizes.items()} if known else {}
    written = {size_key(code): code for code in every}
    for code_in_file, line in wanted.sizes.items():
        code = written.get(size_key(code_in_file), code_in_file)
        sold = every.get(code)
        if sold is None:
            _require_price(sheet, line)
        fields = {"price": 0, **NEW_SIZE, **(sold or {}), **line.fields}
        if fields != sold:
            plan.sizes[code] = fields
            _differ(plan, sold or {}, fields, "{} (" + code + ")")
            plan.moves[code] = fields["stock"] - (sold["stock"] if sold else 0)
        if sold is None:
            plan.fresh.add(code)
        every[code] = fields
    if known is None:
        for line in wanted.unnamed:
            _require_price(sheet, line)
    if len(every) > MAX_SIZES:
        sheet.problem(wanted.line, "size", "too_many_sizes", f"A product has {MAX_SIZES} sizes at most.")
    plan.price_from = min((fields["price"] for fields in every.values()), default=0)
    plan.in_stock = any(fields["stock"] > 0 for fields in every.values())
    return plan


def _require_category(sheet: Sheet, wanted: SheetProduct, catalogue: Catalogue) -> None:
    category = wanted.fields.get("category")
    if category is not None and category not in catalogue.categories:
        known = ", ".join(sorted(catalogue.categories))
        sheet.problem(wanted.line, "category", "unknown_category", f"Known categories: {known}.", category)


def _require_price(sheet: Sheet, size: SheetSize) -> None:
    if "price" not in size.fields and "price" not in size.bad:
        sheet.problem(size.line, "price", "required", "A new size needs a price.")


def _differ(plan: ProductPlan, now: dict[str, Any], then: dict[str, Any], label: str) -> None:
    for name, value in then.items():
        if name not in now or now[name] != value:
            if name in now:
                plan.before[label.format(name)] = now[name]
            plan.after[label.format(name)] = value


def _shown(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str("" if value is None else value)
    line = " ".join((str(value).lower() if isinstance(value, bool) else text).split())
    return line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 1]}…"

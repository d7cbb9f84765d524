"""What staff did, in words: actions, fields and amounts in a language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shopkit.contracts.audit import AuditEntry
from shopkit.money import format_vnd
from storefront.dates import format_count, format_moment
from storefront.i18n import Lang, href, t, table

AMOUNTS = {"price", "totalAmount", "deliveryFee"}
"""Fields that are VND."""

PATHS = {
    "product": "/admin/products/{id}",
    "size": "/admin/products/{id}",
    "stock": "/admin/products/{id}",
    "category": "/admin/categories",
    "catalogue": "/admin/import",
    "order": "/admin/orders/{id}",
    "customer": "/admin/customers/{id}",
}
"""Where the subject of an action is to be seen."""

_OF_SIZE = re.compile(r"(?P<name>\w+) \((?P<size>.+)\)", re.DOTALL)
"""A field of one size among a product's: "price (M)"."""

_FIRST = ("name", "nameEn", "category", "size", "price", "stock", "serves", "sizes", "status", "role")

_VALUE_TEXTS = {
    "status": "order.{}",
    "reason": "admin_delivery.reason_{}",
    "stock": "admin_delivery.stock_{}",
    "role": "admin_customers.role_{}",
    "allergens": "product.allergen_{}",
    "occasions": "product.occasion_{}",
}
"""Texts of fields whose values are words of ours."""


@dataclass(frozen=True)
class Names:
    """What people and things are called: people by id, categories by slug, in the page's language."""

    people: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Difference:
    """A field before and after; "" for nothing."""

    name: str
    before: str
    after: str


@dataclass
class EntryView:
    """An entry: who did what to what, when."""

    id: str
    at: str
    who: str
    who_path: str
    action: str
    label: str
    path: str
    tone: str
    differences: list[Difference] = field(default_factory=list)


def show_entry(entry: AuditEntry, names: Names, lang: Lang) -> EntryView:
    """Return an entry ready to show in a language."""
    key = f"admin_audit.action_{entry.action.replace('.', '_')}"
    path = PATHS.get(entry.subject, "")
    verb = entry.action.rpartition(".")[2]
    return EntryView(
        id=str(entry.id),
        at=format_moment(entry.at, lang),
        who=names.people.get(entry.actor_id) or t(lang, "admin_audit.person", id=entry.actor_id),
        who_path=href(lang, f"/admin/customers/{entry.actor_id}"),
        action=table(lang).get(key, entry.action),
        label=entry.label or t(lang, "admin_audit.all"),
        path=href(lang, path.format(id=entry.subject_id)) if path else "",
        tone="bad" if verb in _TAKING else "good" if verb in _GIVING else "plain",
        differences=differences(entry.before, entry.after, names, lang),
    )


_TAKING = {"archived", "removed", "deleted", "cancelled", "returned", "picture_removed"}
_GIVING = {"created", "added", "restored", "imported"}


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, names: Names, lang: Lang
) -> list[Difference]:
    """Return what an action changed, field by field, what names the thing first."""
    before, after = before or {}, after or {}
    found = [
        Difference(
            name=_title(name, lang),
            before=_value(name, before.get(name), names, lang),
            after=_value(name, after.get(name), names, lang),
        )
        for name in sorted({**before, **after}, key=_place)
    ]
    return [one for one in found if one.before or one.after]


def _plain(name: str) -> str:
    """Return the name of a field without the size it is of."""
    return found["name"] if (found := _OF_SIZE.fullmatch(name)) else name


def _title(name: str, lang: Lang) -> str:
    plain = _plain(name)
    return table(lang).get(f"admin_audit.field_{plain.lower()}", plain) + name.removeprefix(plain)


def _place(name: str) -> tuple[int, str]:
    """Return where a field stands among the others: the database keeps them in no order that means anything."""
    plain = _plain(name)
    return (_FIRST.index(plain) if plain in _FIRST else len(_FIRST), name)


def _value(name: str, value: Any, names: Names, lang: Lang) -> str:  # noqa: PLR0911 - one return for each kind of value
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return t(lang, "admin_audit.yes" if value else "admin_audit.no")
    if isinstance(value, int):
        return format_vnd(value) if _plain(name) in AMOUNTS else format_count(value, lang)
    if isinstance(value, list):
        between = "; " if any(isinstance(item, Mapping) for item in value) else ", "
        return between.join(_value(name, item, names, lang) for item in value)
    if isinstance(value, Mapping):
        parts = (
            (_title(key, lang), key, item) for key, item in sorted(value.items(), key=lambda pair: _place(pair[0]))
        )
        return " · ".join(f"{title} {text}" for title, key, item in parts if (text := _value(key, item, names, lang)))
    if name == "category":
        return names.categories.get(value, value)
    if name in _VALUE_TEXTS:
        return table(lang).get(_VALUE_TEXTS[name].format(str(value).lower()), str(value))
    return str(value)

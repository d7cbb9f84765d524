"""The events' JSON Schemas: `python -m tests.contract.events` brings `docs/events` up to date, additively."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analytics.registry import PAYLOADS, file_name, schema

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "events"


def as_text(document: dict[str, Any]) -> str:
    """Return a schema as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def documents() -> dict[str, dict[str, Any]]:
    """Return every schema by the name of its file."""
    return {file_name(kind): schema(kind) for kind in PAYLOADS}


def breaking_changes(old: dict[str, Any], new: dict[str, Any] | None, where: str = "") -> Iterator[str]:
    """Yield what makes lines of the old schema unreadable, or takes away what readers count on."""
    if new is None:
        yield f"{where or 'the event'} is gone"
        return
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, field in before.items():
        yield from breaking_changes(field, after.get(name), f"{where}.{name}".lstrip("."))
    for name in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield f"{where}.{name} is required now".lstrip(".")
    for key in ("type", "format", "const", "anyOf", "items", "$ref"):
        if old.get(key) != new.get(key):
            yield f"{where or 'the event'}: {key} has changed"
    for name, definition in old.get("$defs", {}).items():
        yield from breaking_changes(definition, new.get("$defs", {}).get(name), f"{where}{name}")


def main() -> None:
    """Write the schemas, unless that would break readers."""
    fresh = documents()
    broken = [
        f"{path.name}: {change}"
        for path in sorted(FOLDER.glob("*.json"))
        for change in breaking_changes(json.loads(path.read_text(encoding="utf-8")), fresh.get(path.name))
    ]
    if broken:
        sys.exit("\n".join([*broken, "Give the event a new version instead."]))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, document in fresh.items():
        (FOLDER / name).write_text(as_text(document), encoding="utf-8")


if __name__ == "__main__":
    main()

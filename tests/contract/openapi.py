"""The services' OpenAPI documents: `python -m tests.contract.openapi --write` brings the committed ones up to date.

A change that would break a client already written is refused, unless `--breaking` says that it is meant.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.support.apps import SETTINGS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "openapi"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"

Document = dict[str, Any]


@cache
def current(service: str) -> Document:
    """Return the document that a service answers at `/openapi.json`. Callers share it and do not change it."""
    module, kind = SETTINGS[service]
    settings = getattr(import_module(module), kind)(database_url=NOWHERE)
    document: Document = import_module(f"{service}.app").build(settings).openapi()
    return document


def committed_path(service: str) -> Path:
    """Return where a service's document is committed."""
    return FOLDER / f"{service}.json"


def as_text(document: Document) -> str:
    """Return a document as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Yield each operation's method, path and description."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield method.upper(), path, operation


def breaking_changes(old: Document, new: Document) -> list[str]:
    """Return what a client of `old` would miss in `new`: gone routes, parameters, answers and fields; new duties."""
    now = {(method, path): operation for method, path, operation in operations(new)}
    found: list[str] = []
    for method, path, before in operations(old):
        where = f"{method} {path}"
        after = now.get((method, path))
        if after is None:
            found.append(f"{where}: gone")
            continue
        found += [f"{where}: {change}" for change in _of_parameters(before, after)]
        found += [f"{where}: answers {status} no more" for status in before["responses"].keys() - after["responses"]]
        if not before.get("requestBody", {}).get("required") and after.get("requestBody", {}).get("required"):
            found.append(f"{where}: the body is required now")
    schemas = new.get("components", {}).get("schemas", {})
    for name, before in old.get("components", {}).get("schemas", {}).items():
        found += [f"{name}: {change}" for change in _of_schema(before, schemas.get(name))]
    return sorted(found)


def _of_parameters(before: Document, after: Document) -> Iterator[str]:
    old, new = ({(p["in"], p["name"]): p for p in each.get("parameters", [])} for each in (before, after))
    for key in old.keys() - new.keys():
        yield f"parameter {key[1]} is gone"
    for key, parameter in new.items():
        if parameter.get("required") and not old.get(key, {}).get("required"):
            yield f"parameter {key[1]} is required now"


def _of_schema(before: Document, after: Document | None) -> Iterator[str]:
    if after is None:
        yield "gone"
        return
    for name in before.get("properties", {}).keys() - after.get("properties", {}):
        yield f"{name} is gone"
    if before.get("additionalProperties") is False:  # a request: its fields may not become duties
        for name in set(after.get("required", [])) - set(before.get("required", [])):
            yield f"{name} is required now"
    else:
        for name in set(before.get("required", [])) - set(after.get("required", [])):
            yield f"{name} may be missing now"
    for value in set(before.get("enum", [])) - set(after.get("enum", [])):
        yield f"{value} is gone"


def main() -> None:
    """Compare the committed documents with the services, or write them anew."""
    arguments = argparse.ArgumentParser(prog="python -m tests.contract.openapi", description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the documents")
    arguments.add_argument("--breaking", action="store_true", help="also where that breaks clients")
    wanted = arguments.parse_args()
    for service in SETTINGS:
        path, document = committed_path(service), current(service)
        broken = breaking_changes(json.loads(path.read_text(encoding="utf-8")), document) if path.exists() else []
        for change in broken:
            sys.stdout.write(f"{service}: {change}\n")
        if broken and not wanted.breaking:
            sys.exit("These changes break clients.")
        if wanted.write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(document), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != as_text(document):
            sys.exit(f"{path.name} is not current; write it with --write.")


if __name__ == "__main__":
    main()

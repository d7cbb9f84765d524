"""The secrets of this machine's shop: made once, kept where only their owner reads."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.services import SCHEMAS

FILE = "secrets.json"


@dataclass(frozen=True)
class Credentials:
    """What the processes share or log in with."""

    service_secret: str
    session_secret: str
    role_passwords: dict[str, str]


def load(folder: Path) -> Credentials:
    """Return the credentials kept in `folder`, making those that are not there yet."""
    path = folder / FILE
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    passwords = kept.get("role_passwords", {})
    credentials = Credentials(
        service_secret=kept.get("service_secret") or secrets.token_urlsafe(32),
        session_secret=kept.get("session_secret") or secrets.token_urlsafe(32),
        role_passwords={role: passwords.get(role) or secrets.token_urlsafe(24) for role in SCHEMAS},
    )
    if asdict(credentials) != kept:
        write_private(path, json.dumps(asdict(credentials), indent=2) + "\n")
    return credentials


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
    fresh.replace(path)

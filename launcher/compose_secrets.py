"""The secrets of the shop that compose.yaml runs: made once, in a file that git ignores and only its owner reads."""

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from launcher import services
from launcher.credentials import write_private

FILE = ".env"
"""Compose reads a file of this name by itself."""


def generate(root: Path) -> list[str]:
    """Add the secrets that `root`'s .env does not hold yet; return their names. What is there stays as it is."""
    path = root / FILE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    held = {line.partition("=")[0].strip() for line in text.splitlines() if "=" in line}
    made = {name: value for name, value in _fresh().items() if name not in held}
    if made:
        text += "" if not text or text.endswith("\n") else "\n"
        write_private(path, text + "".join(f"{name}='{value}'\n" for name, value in made.items()))
    return list(made)


def _fresh() -> dict[str, str]:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        **{f"{schema.upper()}_DB_PASSWORD": secrets.token_urlsafe(24) for schema in services.SCHEMAS},
        "VALKEY_PASSWORD": secrets.token_urlsafe(24),
        "SERVICE_SECRET": secrets.token_urlsafe(32),
        "SESSION_SECRET": secrets.token_urlsafe(32),
        "SIGNING_KEY": pem.strip().replace("\n", "\\n"),
        "ADMIN_PASSWORD": secrets.token_urlsafe(15),
    }

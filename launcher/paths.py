"""Where things are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


def data_folder() -> Path:
    """Return the folder that holds everything a running shop keeps; `SWEETDREAM_DATA` moves it."""
    return Path(os.environ.get("SWEETDREAM_DATA") or ROOT / ".data").resolve()

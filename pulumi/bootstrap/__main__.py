"""What has to be there before the shop. Run once for an account; its state stays with whoever runs it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from infra.foundation import build

build()

"""The ASGI edge in front of Reflex."""
from typing import Any


def edge(app: Any) -> Any:
    return app

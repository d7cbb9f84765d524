"""The storefront as a server runs it: the prebuilt pages, the websocket and the edge, on one port.

`uvicorn --factory storefront.app:app`, in the folder that holds `.web` and `rxconfig.py`, after
`python -m storefront.build`. States of open pages live in its memory; with `VALKEY_URL` in Valkey, and then there may
be several such processes.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from storefront.build import BUILT_SNAPSHOT, CLIENT
from storefront.sockets.limits import MAX_MESSAGE_BYTES

ASGI = Callable[..., Awaitable[Any]]

_PREBUILT = {
    "REFLEX_ENV_MODE": "prod",
    "REFLEX_CHECK_LATEST_VERSION": "false",
    "REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE": str(MAX_MESSAGE_BYTES),
    # Internal to Reflex, which is therefore pinned: compile nothing, serve what the build left.
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}


def app() -> ASGI:
    """Return the ASGI app. Raises RuntimeError when nothing has been built."""
    if not CLIENT.is_dir():
        raise RuntimeError("there is no build to serve: run `python -m storefront.build` first")
    for name, value in _PREBUILT.items():
        os.environ.setdefault(name, value)
    if BUILT_SNAPSHOT.exists():
        # The states' defaults must be those the pages were built with.
        os.environ["STOREFRONT_SNAPSHOT"] = str(BUILT_SNAPSHOT)
    from storefront.storefront import app as reflex_app  # noqa: PLC0415 - reads the environment when imported

    return reflex_app()

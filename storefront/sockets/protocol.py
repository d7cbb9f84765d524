"""HTTP as the services speak it, with limits on heads, that may turn into a websocket."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from shopkit.protocol import Protocol

MAX_LINE = 8_000
MAX_LINES = 100
"""The websocket's own parser takes a little more, and leaves a connection on which more comes open for ever."""


class TabProtocol(Protocol):
    """One connection: `uvicorn --http storefront.sockets.protocol:TabProtocol`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._is_websocket = False

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, unless its request is more than the websocket's parser takes."""
        if self._is_refused:
            return
        longest = max(len(self.url), *(len(name) + len(value) for name, value in self.headers))
        if longest > MAX_LINE or len(self.headers) > MAX_LINES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self._is_websocket = True
        self._stop_timer()
        super().handle_websocket_upgrade()

    def _start_timer(self, seconds: float, then: Callable[[], None]) -> None:
        if not self._is_websocket:  # no further request comes on it
            super()._start_timer(seconds, then)

"""How much may come over a tab's websocket. What is too much is refused before it is parsed, and the socket is closed.

A page sends what people do: events of a few hundred characters, some in a row while a key is held down.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Receive, Send

from shopkit import log

MAX_MESSAGE_BYTES = 128 * 1024
"""Of a message. The server closes a socket with a larger one while it still comes in (`--ws-max-size`)."""
BURST = 200
"""Messages that may come at once."""
PER_SECOND = 20.0
"""Messages that may come for ever."""
CHARACTERS_PER_MESSAGE = 4096
"""A longer message counts as several."""

POLICY_VIOLATION = 1008
TOO_BIG = 1009

_OURS = re.compile(r'[123]$|4[01]/_event,|42/_event,\["(?:event|ping|client_error)"')
"""What Reflex's script says: pings, connect and disconnect, and the three kinds of messages."""


class Allowance:
    """How many messages a socket may still send: `BURST` at first, refilled by `PER_SECOND`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = float(BURST), clock()

    def take(self, characters: int) -> bool:
        """Count a message; tell whether it is allowed."""
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._at) * PER_SECOND)
        self._at = now
        self._left -= 1 + characters // CHARACTERS_PER_MESSAGE
        return self._left >= 0


class Socket:
    """A websocket, which ends with the first message that is no page's. `receive` stands in for the server's."""

    def __init__(self, receive: Receive, send: Send, clock: Callable[[], float] = time.monotonic) -> None:
        self._receive, self._send = receive, send
        self._allowance = Allowance(clock)
        self._code: int | None = None

    async def receive(self) -> Message:
        """Return the next message."""
        while self._code is None:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            text = message.get("text")
            size = len(message.get("bytes") or b"") if text is None else len(text)
            if size > MAX_MESSAGE_BYTES:
                await self.close("too large", TOO_BIG)
            elif not self._allowance.take(size):
                await self.close("too many")
            elif text is None or not _OURS.match(text):
                await self.close("not understood")
            else:
                return message
        return {"type": "websocket.disconnect", "code": self._code}

    async def close(self, reason: str, code: int = POLICY_VIOLATION) -> None:
        """Close it, and say why in the log: not what was sent, which may be anything, a password too."""
        if self._code is None:
            self._code = code
            log.get().warning("socket_closed", reason=reason)
            await self._send({"type": "websocket.close", "code": code})


def weight(value: Any) -> int:
    """Return about how many characters a value of JSON takes; it has been parsed, so it is not nested deeply."""
    match value:
        case str():
            return 1 + len(value)
        case dict():
            return 1 + sum(len(str(name)) + weight(one) for name, one in value.items())
        case list():
            return 1 + sum(map(weight, value))
        case _:
            return 1

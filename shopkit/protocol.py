"""HTTP/1.1 as uvicorn speaks it, with limits on the size of a request's head and on the time it takes to come.

`uvicorn --http shopkit.protocol:Protocol`. uvicorn alone takes heads of any size and waits for ever for their rest.
Bodies are limited in `shopkit.middleware`, where a slow one can be answered; here a connection whose request was
answered early, and whose body still does not come to its end, is closed.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES = 32 * 1024
"""Of the request line and the headers together."""
HEAD_S = 10.0
"""From the connection, or from the first byte of a further request, to the end of its head."""
LINGER_S = 5.0
"""Until a connection is closed whose caller still sends what nobody wants: at once, the answer could be lost too."""


REFUSALS = {
    HTTPStatus.REQUEST_TIMEOUT: ("too_slow", "The request did not arrive in time."),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: ("head_too_large", "The address or the headers are too large."),
}


class Protocol(HttpToolsProtocol):
    """One connection."""

    head_s = HEAD_S
    linger_s = LINGER_S

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._is_refused = False
        self._in_head = False
        self._in_body = False
        self._head_bytes = 0
        """Of what the parser has told of the head."""
        self._packet_bytes = 0
        """Bytes of the packets received since this head began, without the packet that it began in the middle of."""
        self._fresh_packet = 0
        """Of the packet that is being read, as long as no request has begun in it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._start_timer(self.head_s, self._end_of_patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a packet."""
        if self._is_refused:
            return
        self._fresh_packet = 0 if self._in_head or self._in_body else len(data)
        if self._in_head:
            self._packet_bytes += len(data)
        super().data_received(data)
        if not self._goes_on():
            return
        # The parser keeps a header to itself until it is whole.
        if self._in_head and self._packet_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._timer is None and (self._in_head or self._is_idle()):
            self._start_timer(self.head_s, self._end_of_patience)

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._in_head = True
        self._head_bytes = 0
        self._packet_bytes, self._fresh_packet = self._fresh_packet, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count the path."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Ask the app, unless the head is too large."""
        self._in_head, self._in_body = False, True
        if self._is_refused or self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self._stop_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self._in_body = False
        if not self._is_refused:
            self._stop_timer()
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the end of this one's body."""
        super().on_response_complete()
        if self._in_body and not self.pipeline:
            self._start_timer(self.linger_s, self.transport.close)
        elif self._in_head:
            # A further request has begun while this one was answered; its time begins now.
            self._start_timer(self.head_s, self._end_of_patience)

    def _goes_on(self) -> bool:
        return not self._is_refused and not self.transport.is_closing()

    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request
        return cycle is None or cycle.response_complete

    def _start_timer(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, then)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end_of_patience(self) -> None:
        """End a connection whose next request does not come to the end of its head."""
        self._timer = None
        if not self._is_idle():  # the one before is still being answered
            self._start_timer(self.head_s, self._end_of_patience)
        elif self._in_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer without the app, and hang up."""
        if not self._goes_on():
            return
        self._is_refused = True
        if not self._is_idle():  # the answer would get into the middle of another one
            self.transport.close()
            return
        code, detail = REFUSALS[status]
        problem = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status,
            "code": code,
            "detail": detail,
            "requestId": None,
        }
        body = orjson.dumps(problem)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%s" % (status, status.phrase.encode(), len(body), body)
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._start_timer(self.linger_s, self.transport.close)

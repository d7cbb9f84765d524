"""Answers of public catalogue routes, kept as bytes for a moment.

An answer is found by its raw path and query before anything is parsed. The database tells every instance when the
catalogue changed (`backend.catalog.news`), so an edit shows at once; the short life bounds what a lost word would do.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from shopkit.visit import VISIT_HEADER

CHANGED_CHANNEL = "catalog_changed"
MAX_ANSWERS = 2_048
MAX_BYTES = 32 * 1024 * 1024
"""Of all bodies together: whoever asks for the longest pages in thousands of spellings must not fill the memory."""
CACHE_CONTROL = "no-cache"
"""Browsers and proxies keep the answer, and ask with its ETag whether it still holds."""


@dataclass(frozen=True)
class Answer:
    """A cached answer: `until` in the event loop's monotonic seconds."""

    body: bytes
    etag: str
    until: float


class AnswerCache:
    """The least recently used answers fall out first. A `life_s` of 0 keeps nothing: all ask for themselves."""

    def __init__(self, life_s: float) -> None:
        self.life_s = life_s
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._bytes = 0
        self._filling: dict[bytes, asyncio.Lock] = {}
        self.generation = 0
        """Counts the times everything was forgotten: an answer begun before one of them may be stale already."""

    def get(self, key: bytes) -> Answer | None:
        """Return the answer, if it is still good."""
        answer = self._answers.get(key)
        if answer is None or answer.until < time.monotonic():
            return None
        self._answers.move_to_end(key)
        return answer

    def put(self, key: bytes, body: bytes, generation: int) -> Answer:
        """Return an answer made of `body`, and keep it unless the catalogue changed since `generation`."""
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        answer = Answer(body, etag, time.monotonic() + self.life_s)
        if self.life_s > 0 and generation == self.generation:
            self._keep(key, answer)
        return answer

    def _keep(self, key: bytes, answer: Answer) -> None:
        if (replaced := self._answers.pop(key, None)) is not None:
            self._bytes -= len(replaced.body)
        self._answers[key] = answer
        self._bytes += len(answer.body)
        while len(self._answers) > MAX_ANSWERS or self._bytes > MAX_BYTES:
            self._bytes -= len(self._answers.popitem(last=False)[1].body)

    def lock(self, key: bytes) -> asyncio.Lock:
        """Return the lock under which one caller fills `key` while the others wait for what it finds."""
        if len(self._filling) > MAX_ANSWERS:
            self._filling = {k: lock for k, lock in self._filling.items() if lock.locked()}
        return self._filling.setdefault(key, asyncio.Lock())

    def clear(self, _: str = "") -> None:
        """Forget everything, also what is being made just now."""
        self.generation += 1
        self._answers.clear()
        self._bytes = 0


def _response(request: Request, answer: Answer) -> Response:
    headers = {"ETag": answer.etag, "Cache-Control": CACHE_CONTROL, "Vary": f"Authorization, {VISIT_HEADER}"}
    if request.headers.get("if-none-match") == answer.etag:
        return Response(status_code=304, headers=headers)
    return Response(answer.body, media_type="application/json", headers=headers)


def _is_past_the_cache(headers: Headers) -> bool:
    return (
        "authorization" in headers or VISIT_HEADER in headers or "no-cache" in headers.get("cache-control", "").lower()
    )


class CachedRoute(APIRoute):
    """A route whose 200 answers are the same for everyone.

    A caller who says who they are (a token or a session id) goes past the cache: their views and searches are counted.
    So does one who sends `Cache-Control: no-cache`, having heard of a change.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with the cache before it."""
        handle = super().get_route_handler()

        async def cached(request: Request) -> Response:
            headers = request.headers
            cache: AnswerCache = request.app.state.answers
            if not cache.life_s or request.method != "GET" or _is_past_the_cache(headers):
                return await handle(request)
            key = request.scope["path"].encode() + b"?" + request.scope["query_string"]
            answer = cache.get(key)
            if answer is None:
                async with cache.lock(key):
                    answer = cache.get(key)
                    if answer is None:
                        generation = cache.generation
                        response = await handle(request)
                        if response.status_code != 200:
                            return response
                        answer = cache.put(key, bytes(response.body), generation)
            return _response(request, answer)

        return cached

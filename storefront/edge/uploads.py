"""Files on their way in: only from staff, and only so large. Neither is found out by reading them."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopkit.errors import Forbidden, TooLarge, problem_response
from storefront.access import Standing, standing_of
from storefront.clients import wiring
from storefront.session_cookie import COOKIE
from storefront.sockets.identity import browser_key, is_token, tab_id
from storefront.state.admin.picture import MAX_FILE_BYTES

MAX_BODY_BYTES = MAX_FILE_BYTES + 64 * 1024
"""The largest file that any page takes, a picture, with the form around it."""
TAB_HEADER = "reflex-client-token"


class Uploads:
    """Lets a file through to Reflex. Anybody's but staff's is not even read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 403, 405 and 413, or what Reflex answers."""
        request = Request(scope)
        browser, token = browser_key(request.cookies), request.headers.get(TAB_HEADER, "")
        refusal: Response | None = None
        if request.method != "POST":
            refusal = Response("Method not allowed", 405, {"allow": "POST"}, "text/plain")
        elif not browser or not is_token(token) or await _standing(request) is not Standing.STAFF:
            refusal = problem_response(Forbidden(), None)
        elif _stated_length(request) > MAX_BODY_BYTES:
            refusal = problem_response(TooLarge(), None)
        if refusal:
            await refusal(scope, receive, send)
        else:
            await self.app(_for_tab(scope, tab_id(browser, token)), _limited(receive), send)


async def _standing(request: Request) -> Standing:
    return await standing_of(wiring.signer().read_cookie(request.cookies.get(COOKIE, "")))


def _for_tab(scope: Scope, tab: str) -> Scope:
    """Name the State that the file is for as the websocket of its tab does."""
    header = TAB_HEADER.encode()
    return {**scope, "headers": [*(one for one in scope["headers"] if one[0] != header), (header, tab.encode())]}


def _stated_length(request: Request) -> int:
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isascii() and stated.isdecimal() else 0


def _limited(receive: Receive) -> Receive:
    """Count what comes: a body may be longer than it says, or not say."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise HTTPException(413)
        return message

    return counted

"""The three routes that touch the session cookie. The page's own script calls them; see `state/session.py`."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shopkit.errors import Forbidden, Invalid, problem_response
from storefront.clients import wiring
from storefront.session_cookie import COOKIE, COOKIE_AGE_S, DEVICE_COOKIE, DEVICE_COOKIE_AGE_S
from storefront.settings import get_settings
from storefront.sockets.identity import give_key, new_browser_key

CSRF_HEADER = "x-sweetdream"
"""A page of another site cannot send it without asking us first, and we never allow that."""

MAX_CODE_BYTES = 1000


def _refusal(request: Request) -> Response | None:
    """Return the answer for a request that another site may have caused, or None for one of our own pages."""
    same_origin = (
        CSRF_HEADER in request.headers
        and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        and request.headers.get("origin") in get_settings().allowed_origins
    )
    return None if same_origin else problem_response(Forbidden(), request.headers.get("x-request-id"))


def _no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _give(response: Response, name: str, value: str, age_s: int) -> None:
    """Set a cookie that no script reads and other sites' requests do not carry."""
    secure = get_settings().secure
    response.set_cookie(name, value, max_age=age_s, path="/", httponly=True, samesite="lax", secure=secure)


async def exchange(request: Request) -> Response:
    """Take a single-use code that a State made and set its session's cookie."""
    if refusal := _refusal(request):
        return refusal
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_CODE_BYTES:
            break
    code = body.decode("ascii", "replace") if len(body) <= MAX_CODE_BYTES else ""
    sid, device = await wiring.signer().redeem(code, "exchange")
    if not sid:
        problem = Invalid("This code is not good any more. Please sign in again.", code="bad_code")
        return problem_response(problem, request.headers.get("x-request-id"))
    response = Response(status_code=204)
    _give(response, COOKIE, wiring.signer().cookie(sid), COOKIE_AGE_S)
    if device:
        _give(response, DEVICE_COOKIE, device, DEVICE_COOKIE_AGE_S)
    return _no_store(response)


async def logout(request: Request) -> Response:
    """End the cookie's session everywhere, take the cookie away, and give the browser another key.

    With that, nobody who comes after finds what this browser's tabs held. The device token stays: it opens
    nothing and names nobody.
    """
    if refusal := _refusal(request):
        return refusal
    sid = wiring.signer().read_cookie(request.cookies.get(COOKIE, ""))
    if sid:
        wiring.tokens().log_out(sid)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    give_key(response, new_browser_key())
    return _no_store(response)


async def handoff(request: Request) -> Response:
    """Answer a code with which another tab's State takes over the cookie's session; 204 when there is none."""
    if refusal := _refusal(request):
        return refusal
    sid = wiring.signer().read_cookie(request.cookies.get(COOKIE, ""))
    if not sid:
        return _no_store(Response(status_code=204))
    return _no_store(JSONResponse({"code": wiring.signer().code(sid, "adopt")}))


routes = [
    Route("/auth/exchange", exchange, methods=["POST"]),
    Route("/auth/logout", logout, methods=["POST"]),
    Route("/auth/handoff", handoff, methods=["POST"]),
]

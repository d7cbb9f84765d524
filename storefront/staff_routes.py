"""Files for staff that the browser fetches by itself. The page's own right counts: the session of its cookie."""

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.errors import Forbidden, NotFound, Unavailable, problem_response
from storefront.access import Standing, sign_in_path, standing_of
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import DEFAULT
from storefront.session_cookie import COOKIE

EXPORT_PATH = "/staff/products.csv"


async def export(request: Request) -> Response:
    """Send the catalogue as a CSV file, as the backend writes it."""
    sid = wiring.signer().read_cookie(request.cookies.get(COOKIE, ""))
    match await standing_of(sid):
        case Standing.STAFF:
            return await _export(sid)
        case Standing.STRANGER:
            return RedirectResponse(sign_in_path(DEFAULT, "/admin/import"), 303, {"cache-control": "no-store"})
        case Standing.CUSTOMER:
            return problem_response(Forbidden(), None)
        case Standing.UNKNOWN:
            return problem_response(Unavailable(), None)


async def _export(sid: str) -> Response:
    try:
        headers, content = await wiring.tokens().call(sid, wiring.staff_catalog().export)
    except (ServiceProblem, ServiceUnavailable, SessionEnded):
        return problem_response(Unavailable(), None)
    return StreamingResponse(content, headers=headers)


async def report(request: Request) -> Response:
    """Send a report as a CSV file, as the backend writes it."""
    sid = wiring.signer().read_cookie(request.cookies.get(COOKIE, ""))
    match await standing_of(sid):
        case Standing.STAFF:
            return await _report(sid, request)
        case Standing.STRANGER:
            return RedirectResponse(sign_in_path(DEFAULT, "/admin/analytics"), 303, {"cache-control": "no-store"})
        case Standing.CUSTOMER:
            return problem_response(Forbidden(), None)
        case Standing.UNKNOWN:
            return problem_response(Unavailable(), None)


async def _report(sid: str, request: Request) -> Response:
    name = request.path_params["name"]
    since, until = (request.query_params.get(which, "") for which in ("from", "to"))
    try:
        headers, content = await wiring.tokens().call(
            sid, lambda token: wiring.reports().file(name, since, until, token)
        )
    except ServiceProblem as problem:
        if problem.status in {404, 422}:
            return problem_response(NotFound("There is no such report."), None)
        return problem_response(Unavailable(), None)
    except (ServiceUnavailable, SessionEnded, httpx.TransportError):
        return problem_response(Unavailable(), None)
    return Response(content, headers={**headers, "cache-control": "no-store"})


routes = [
    Route(EXPORT_PATH, export, methods=["GET"]),
    Route("/staff/reports/{name:str}.csv", report, methods=["GET"]),
]

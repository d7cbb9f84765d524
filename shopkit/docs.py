"""The page at /docs: Swagger UI from the service's own files, for developers."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

FILES = Path(fastapi_offline.__file__).parent / "static"
"""Of that package only the files are used: Swagger UI as it is released."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});\n'
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI sets styles, and shows pictures, of its own making; it runs no script but ours."""


def docs(title: str) -> APIRouter:
    """Return the routes of the page and its files."""
    router = APIRouter(prefix="/docs", include_in_schema=False)

    @router.get("")
    async def page() -> Response:
        return HTMLResponse(PAGE.format(title=title), headers={"Content-Security-Policy": POLICY})

    @router.get("/start.js")
    async def start() -> Response:
        return Response(START, media_type="text/javascript")

    def serve(name: str) -> None:
        async def file() -> Response:
            return FileResponse(FILES / name)

        router.add_api_route(f"/{name}", file, name=name)

    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        serve(name)
    return router

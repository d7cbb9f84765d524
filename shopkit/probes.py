"""The routes by which a service is watched: is it alive, can it serve, what does it count."""

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from shopkit.db import UNAVAILABLE

if TYPE_CHECKING:
    from shopkit.app import Service

PING_S = 2.0
NO_ANSWER: tuple[type[Exception], ...] = (*UNAVAILABLE, TimeoutError)


def probes(service: "Service") -> APIRouter:
    """Return the routes of a service's probes."""
    router = APIRouter(tags=["probes"])

    @router.get("/livez", summary="Is the process alive? Asks nothing of the database.")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    async def readiness() -> Response:
        try:
            async with asyncio.timeout(PING_S):
                await service.database.ping()
        except NO_ANSWER:
            return JSONResponse({"status": waiting(), "database": "unreachable"}, 503)
        if service.drain.begun:
            return JSONResponse({"status": "draining"}, 503)
        if not service.is_prepared:
            return JSONResponse({"status": "starting", "database": "ok"}, 503)
        if troubles := service.tasks.troubles():
            return JSONResponse({"status": "unavailable", "database": "ok", "tasks": troubles}, 503)
        return JSONResponse({"status": "ok", "database": "ok"})

    def waiting() -> str:
        return "unavailable" if service.is_prepared else "starting"

    @router.get("/readyz", summary="Can it serve? Asks the database, and whether its long tasks run.")
    async def readyz() -> Response:
        return await readiness()

    @router.get("/health", summary="For the load balancer: started, alive, not shutting down.")
    async def health() -> Response:
        if service.drain.begun:
            return JSONResponse({"status": "draining", "service": service.name}, 503)
        if not service.is_prepared:
            return JSONResponse({"status": "starting", "service": service.name}, 503)
        return JSONResponse({"status": "ok", "service": service.name, "version": service.settings.version})

    @router.get("/metrics", summary="Counters in Prometheus' format.", response_class=Response)
    async def metrics() -> Response:
        stats = service.database.pool.get_stats()
        size, available = stats.get("pool_size", 0), stats.get("pool_available", 0)
        service.metrics.pool_connections.labels("open").set(size)
        service.metrics.pool_connections.labels("busy").set(size - available)
        service.metrics.pool_connections.labels("waiting").set(stats.get("requests_waiting", 0))
        return Response(service.metrics.render(), media_type="text/plain; version=0.0.4")

    return router

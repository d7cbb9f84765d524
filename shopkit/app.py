"""The app factory: what makes a FastAPI app one of the shop's services."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import psycopg_pool
import sqlalchemy.exc
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shopkit import log
from shopkit.auth import ServiceTokens, TokenVerifier
from shopkit.client import ServiceClient, ServiceProblem
from shopkit.clock import Clock, SystemClock
from shopkit.contracts.base import Problem
from shopkit.db import Database
from shopkit.drain import Drain
from shopkit.errors import Invalid, NotFound, ProblemError, TooLarge, Unavailable, problem_response
from shopkit.metrics import Metrics
from shopkit.middleware import RequestMiddleware
from shopkit.notify import Channel, Listener
from shopkit.openapi import describe_problems
from shopkit.settings import ServiceSettings
from shopkit.tasks import Supervisor

SESSION_ENDED_CHANNEL = "session_ended"
"""PostgreSQL channel on which the user service tells the ids of sessions that ended."""

LISTENER_SILENT_S = 30.0
"""How long a service may go without hearing of ended sessions before it calls itself unready."""

PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The request was refused; `code` says why."},
    "5XX": {"model": Problem, "description": "The service cannot answer just now."},
}


@dataclass
class Service:
    """A service while it runs, at `app.state.service`. Tests give a clock and transports of their own."""

    name: str
    settings: ServiceSettings
    database: Database
    clock: Clock = field(default_factory=SystemClock)
    transports: dict[str, httpx.AsyncBaseTransport] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)
    channels: list[Channel] = field(default_factory=list)
    tasks: Supervisor = field(default_factory=Supervisor)
    """What it does for as long as it runs, besides answering requests."""
    body_limits: dict[str, int] = field(default_factory=dict)
    """Bytes a body may have where that is more than usual, by a regular expression of the path."""

    def client(self, service: str, base_url: str, *, with_token: bool = False) -> ServiceClient:
        """Return a client of another service; `with_token` sends this service's own token along."""
        transport = self.transports.get(service)
        if not with_token:
            return ServiceClient(service, base_url, transport=transport)
        tokens = self.service_tokens
        return ServiceClient(service, base_url, token=tokens, forget_token=tokens.forget, transport=transport)

    def __post_init__(self) -> None:
        self.drain = Drain(self.settings.drain_s)
        self.users = ServiceClient(
            "user_service", self.settings.user_service_url, transport=self.transports.get("user_service")
        )
        self.service_tokens = ServiceTokens(self.name, self.settings, self.users)
        self.verifier = TokenVerifier(self._fetch_keys)
        self.metrics.watch(self.tasks)

    async def _fetch_keys(self) -> dict[str, Any]:
        return await self.users.call("GET", "/.well-known/jwks.json", dict[str, Any])

    async def catch_up_on_ended_sessions(self) -> None:
        """Learn the sessions that ended while this process was not listening."""
        token = await self.service_tokens()
        try:
            ended = await self.users.call("GET", "/internal/sessions/ended", list[str], token=token)
        except ServiceProblem as problem:
            if problem.status == 401:
                self.service_tokens.forget()  # the listener tries again, with a new one
            raise
        for session_id in ended:
            self.verifier.ended.add(session_id)


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    service: Service,
    routers: Sequence[APIRouter],
    *,
    title: str,
    description: str,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Return a service's app with everything the services have in common."""
    log.configure(service.name, service.settings.log_level)

    @asynccontextmanager
    async def whole_life(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            service.metrics.started.set_to_current_time()
            await service.database.open()
            stack.push_async_callback(service.database.close)
            stack.push_async_callback(service.users.aclose)
            if lifespan is not None:
                await stack.enter_async_context(lifespan(app))
            service.tasks.start()
            stack.push_async_callback(service.tasks.stop)
            stack.enter_context(service.drain.on_signals())
            yield

    app = FastAPI(
        title=title,
        description=description,
        version="1.0.0",
        lifespan=whole_life,
        separate_input_output_schemas=True,
        generate_unique_id_function=lambda route: route.name,
        responses=PROBLEM_RESPONSES,
        openapi_url="/openapi.json",
        redoc_url=None,
    )
    listener = Listener(service.database.conninfo, _channels(service))
    service.tasks.add("listener", listener.run, silent_s=LISTENER_SILENT_S)
    service.metrics.info.info({"version": service.settings.version})
    app.state.service = service
    app.state.database = service.database
    app.state.verifier = service.verifier
    app.add_middleware(
        RequestMiddleware, service=service.name, metrics=service.metrics, body_limits=service.body_limits
    )
    _handle_errors(app)
    app.include_router(_probes(service))
    for router in routers:
        app.include_router(router)
    describe_problems(app)
    return app


def _channels(service: Service) -> list[Channel]:
    ended = Channel(SESSION_ENDED_CHANNEL, service.verifier.ended.add, service.catch_up_on_ended_sessions)
    return [ended, *service.channels]


def _probes(service: Service) -> APIRouter:
    router = APIRouter(tags=["probes"])

    @router.get("/livez", summary="Is the process alive? Asks nothing of the database.")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    async def readiness() -> Response:
        try:
            async with asyncio.timeout(2):
                await service.database.ping()
        except (psycopg.Error, psycopg_pool.PoolTimeout, TimeoutError):
            return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
        if service.drain.begun:
            return JSONResponse({"status": "draining"}, 503)
        if troubles := service.tasks.troubles():
            return JSONResponse({"status": "unavailable", "database": "ok", "tasks": troubles}, 503)
        return JSONResponse({"status": "ok", "database": "ok"})

    @router.get("/readyz", summary="Can it serve? Asks the database, and whether its long tasks run.")
    async def readyz() -> Response:
        return await readiness()

    @router.get("/health", summary="For the load balancer: alive and not shutting down.")
    async def health() -> Response:
        if service.drain.begun:
            return JSONResponse({"status": "draining", "service": service.name}, 503)
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


def _handle_errors(app: FastAPI) -> None:
    async def answer(_: Request, error: Exception) -> Response:
        return problem_response(_as_problem(error), log.request_id())

    for kind in (
        ProblemError,
        RequestValidationError,
        HTTPException,
        psycopg_pool.PoolTimeout,
        psycopg_pool.TooManyRequests,
        psycopg.OperationalError,
        sqlalchemy.exc.OperationalError,
        sqlalchemy.exc.TimeoutError,
    ):
        app.add_exception_handler(kind, answer)


def _as_problem(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RequestValidationError):
        return _validation_problem(error)
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            return NotFound("There is no such route.", code="no_route")
        if error.status_code == 413:
            return TooLarge()
        problem = ProblemError(str(error.detail), code=f"http_{error.status_code}", headers=dict(error.headers or {}))
        problem.status = error.status_code
        return problem
    log.get().error("database_unavailable", error=str(error))
    return Unavailable()


def _validation_problem(error: RequestValidationError) -> Invalid:
    errors = []
    for item in error.errors():
        where = [str(part) for part in item["loc"]]
        source, path = (where[0], where[1:]) if where else ("body", [])
        errors.append(
            {
                "in": source,
                "field": ".".join(path),
                "message": str(item["msg"]).removeprefix("Value error, "),
                "type": item["type"],
            }
        )
    first = errors[0]
    code = "invalid_json" if first["type"] == "json_invalid" else "validation_error"
    named = f"{first['field']}: " if first["field"] else ""
    return Invalid(f"{named}{first['message']}", code=code, errors=errors)

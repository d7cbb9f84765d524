"""The app factory: what makes a FastAPI app one of the shop's services."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shopkit import log, tasks
from shopkit.auth import ServiceTokens, TokenVerifier
from shopkit.client import ServiceClient, ServiceProblem
from shopkit.clock import Clock, SystemClock
from shopkit.contracts.base import Problem
from shopkit.db import UNAVAILABLE, Database
from shopkit.docs import docs
from shopkit.drain import Drain
from shopkit.errors import NotFound, ProblemError, TooLarge, TooSlow, Unavailable, problem_response
from shopkit.metrics import Metrics
from shopkit.middleware import RequestMiddleware
from shopkit.notify import Channel, Listener
from shopkit.openapi import describe_problems
from shopkit.probes import probes
from shopkit.routes import MethodNotAllowed, Routes
from shopkit.settings import Environment, ServiceSettings
from shopkit.tasks import Supervisor
from shopkit.validation import validation_problem

SESSION_ENDED_CHANNEL = "session_ended"
"""PostgreSQL channel on which the user service tells the ids of sessions that ended."""

LISTENER_SILENT_S = 30.0
"""How long a service may go without hearing of ended sessions before it calls itself unready."""

PREPARE_AGAIN_S = 0.5

PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "model": Problem,
        "description": (
            "The request was refused; `code` says why. 405 names the methods there are in `Allow`, "
            "429 the seconds to wait in `Retry-After`."
        ),
    },
    "5XX": {
        "model": Problem,
        "description": "The service cannot answer just now; 503 names the seconds to wait in `Retry-After`.",
    },
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
    is_prepared: bool = field(default=False, init=False)
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

    async def prepare(self) -> None:
        """Do what must be done once before the service can serve. Tried until the database is there."""

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
            await _prepare(service)
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
        docs_url=None,
        redoc_url=None,
    )
    listener = Listener(service.database.conninfo, _channels(service))
    service.tasks.add("listener", listener.run, silent_s=LISTENER_SILENT_S)
    service.metrics.info.info({"version": service.settings.version})
    app.state.service = service
    app.state.database = service.database
    app.state.verifier = service.verifier
    routes = Routes(app)
    app.add_middleware(
        RequestMiddleware, service=service.name, metrics=service.metrics, routes=routes, body_limits=service.body_limits
    )
    _handle_errors(app, routes)
    app.include_router(probes(service))
    if service.settings.environment is not Environment.PRODUCTION:
        app.include_router(docs(title))
    for router in routers:
        app.include_router(router)
    describe_problems(app)
    return app


async def _prepare(service: Service) -> None:
    """Do what must be done before the service can serve; leave it to a task while the database is away."""
    try:
        await service.prepare()
    except UNAVAILABLE as error:
        log.get().warning("start_waits_for_database", error=str(error))
    else:
        service.is_prepared = True
        return

    async def prepare_later() -> None:
        while not service.is_prepared:
            await tasks.pause(PREPARE_AGAIN_S)
            with suppress(*UNAVAILABLE):
                await service.prepare()
                service.is_prepared = True
        log.get().info("start_went_on")
        await asyncio.Event().wait()  # a task that returned would be started again

    service.tasks.add("start", prepare_later, silent_s=math.inf)


def _channels(service: Service) -> list[Channel]:
    ended = Channel(SESSION_ENDED_CHANNEL, service.verifier.ended.add, service.catch_up_on_ended_sessions)
    return [ended, *service.channels]


HTTP_PROBLEMS: dict[int, Callable[[], ProblemError]] = {
    404: lambda: NotFound("There is no such route.", code="no_route"),
    408: TooSlow,
    413: TooLarge,
}
"""What Starlette and our middleware raise by status alone."""


def _handle_errors(app: FastAPI, routes: Routes) -> None:
    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 405:
            error = MethodNotAllowed(routes.allowed(request.scope["path"]))
        return problem_response(_as_problem(error), log.request_id())

    for kind in (ProblemError, RequestValidationError, HTTPException, *UNAVAILABLE):
        app.add_exception_handler(kind, answer)


def _as_problem(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RequestValidationError):
        return validation_problem(error)
    if isinstance(error, HTTPException):
        if known := HTTP_PROBLEMS.get(error.status_code):
            return known()
        problem = ProblemError(str(error.detail), code=f"http_{error.status_code}", headers=dict(error.headers or {}))
        problem.status = error.status_code
        return problem
    log.get().error("database_unavailable", error=str(error))
    return Unavailable()

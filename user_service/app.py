"""The user service's app."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from fastapi import FastAPI

from analytics.recorder import Recorder, through
from shopkit import settings as shop_settings
from shopkit.app import Service, create_app
from shopkit.audit import audit_router
from shopkit.client import ServiceClient
from shopkit.clock import Clock, SystemClock
from shopkit.db import Database
from shopkit.housekeeping import Housekeeping
from shopkit.limits import Limiter
from shopkit.outbox import Handler, each
from shopkit.outbox_worker import Outbox
from shopkit.tasks import SILENT_S
from user_service import housekeeping
from user_service.auth import endpoints as auth_endpoints
from user_service.auth.bootstrap import ensure_admin
from user_service.auth.cart_merge import TOPIC, CartMerger
from user_service.auth.limits import AuthLimits
from user_service.auth.passwords import Passwords
from user_service.auth.service import Accounts
from user_service.customers import endpoints as customers_endpoints
from user_service.customers.service import Customers
from user_service.events import AccountEvents
from user_service.sessions import endpoints as sessions_endpoints
from user_service.sessions.service import Sessions
from user_service.settings import UserSettings
from user_service.tables import SCHEMA
from user_service.tokens import endpoints as tokens_endpoints
from user_service.tokens.keyring import Keyring
from user_service.tokens.service import signing_key

NAME = "user_service"

ROUTERS = (
    audit_router(NAME),
    auth_endpoints.router,
    customers_endpoints.router,
    sessions_endpoints.router,
    tokens_endpoints.router,
)

# How common a word is decides how to look for it: a plan made once for all of them takes ten times as long for some.
DATABASE_PARAMETERS = {"plan_cache_mode": "force_custom_plan"}


@dataclass
class UserService(Service):
    """The service that others get keys and ended sessions from: it asks itself directly, not over HTTP."""

    keyring: Keyring = field(kw_only=True)
    passwords: Passwords = field(default_factory=Passwords, kw_only=True)
    sessions: Sessions | None = field(default=None, kw_only=True)

    async def prepare(self) -> None:
        """Load the signing key, and make the first admin."""
        settings = self.settings
        assert isinstance(settings, UserSettings)
        self.keyring.use(await signing_key(settings, self.database, self.clock))
        await ensure_admin(settings, self.database, self.clock, self.passwords)

    async def _fetch_keys(self) -> dict[str, Any]:
        return self.keyring.jwks()

    async def catch_up_on_ended_sessions(self) -> None:
        """Learn the sessions that ended while this process was not listening."""
        if self.sessions is not None:
            for session_id in await self.sessions.recently_ended():
                self.verifier.ended.add(session_id)


def build(
    settings: UserSettings,
    *,
    clock: Clock | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    database: Database | None = None,
) -> FastAPI:
    """Return the app. Tests give a clock, transports by service name, or a database."""
    clock = clock or SystemClock()
    database = database or Database(settings, SCHEMA, DATABASE_PARAMETERS)
    keyring = Keyring(clock)
    service = UserService(NAME, settings, database, clock, dict(transports or {}), keyring=keyring)
    life = timedelta(days=settings.session_days)
    sessions = service.sessions = Sessions(database, clock, keyring, service.verifier.ended, life)
    passwords = service.passwords
    limiter = Limiter(database)
    limits = AuthLimits.of(settings)

    async def own_token() -> str:
        return keyring.service_token(NAME)

    backend = ServiceClient(
        "backend", settings.backend_url, token=own_token, transport=service.transports.get("backend")
    )
    carts = CartMerger(database, backend, settings.cart_merge_timeout_s)
    handlers: dict[str, Handler] = {
        TOPIC: each(carts.handle),
        housekeeping.CARTS_TOPIC: each(partial(housekeeping.forget_carts, backend)),
    }
    Outbox(database, handlers, service.metrics, settings.outbox_workers).supervise(service.tasks)
    recorder = Recorder(NAME, through(backend), clock, service.metrics)
    service.tasks.add("events", recorder.run, silent_s=2 * SILENT_S)
    keeping = Housekeeping(housekeeping.chores(database, clock))
    service.tasks.add("housekeeping", keeping.run)

    @asynccontextmanager
    async def life_of_app(_: FastAPI) -> AsyncIterator[None]:
        await passwords.warm_up()
        yield
        await recorder.close()
        await backend.aclose()

    app = create_app(
        service,
        ROUTERS,
        title="SweetDream user service",
        description="Accounts, sessions, tokens, customers and roles.",
        lifespan=life_of_app,
    )
    app.state.keyring = keyring
    app.state.housekeeping = keeping
    app.state.sessions = sessions
    app.state.accounts = Accounts(database, clock, sessions, passwords, limiter, limits, carts, AccountEvents(recorder))
    app.state.customers = Customers(database, clock, sessions, passwords, limiter, limits)
    return app


def app() -> FastAPI:
    """Return the app with settings from the environment (`uvicorn --factory user_service.app:app`)."""
    return build(shop_settings.load(UserSettings))

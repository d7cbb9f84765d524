"""The order service's app: `uvicorn --factory order_service.app:app`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from analytics.recorder import Recorder, through
from order_service import housekeeping
from order_service.delivery import endpoints as delivery
from order_service.delivery.service import Delivery
from order_service.figures import endpoints as figures
from order_service.notes import endpoints as notes
from order_service.orders import endpoints
from order_service.orders.jobs import OrderJobs
from order_service.orders.limits import OrderLimits
from order_service.orders.lookup import Lookup
from order_service.orders.service import Orders
from order_service.orders.stream import CHANNEL, OrderStream
from order_service.settings import OrderSettings
from order_service.tables import SCHEMA
from shopkit.app import Service, create_app
from shopkit.audit import audit_router
from shopkit.clock import Clock, SystemClock
from shopkit.db import Database
from shopkit.housekeeping import Housekeeping
from shopkit.notify import Channel
from shopkit.outbox_worker import Outbox
from shopkit.settings import load
from shopkit.tasks import SILENT_S


def build(
    settings: OrderSettings,
    *,
    clock: Clock | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> FastAPI:
    """Return the order service. Tests give a clock, and transports to services that run in the same process."""
    database = Database(settings, SCHEMA)
    service = Service("order_service", settings, database, clock or SystemClock(), dict(transports or {}))
    backend = service.client("backend", settings.backend_url, with_token=True)
    recorder = Recorder("order_service", through(backend), service.clock, service.metrics)
    service.tasks.add("events", recorder.run, silent_s=2 * SILENT_S)
    jobs = OrderJobs(database, service.clock, backend, recorder)
    outbox = Outbox(database, jobs.handlers(), service.metrics, settings.outbox_workers)
    stream = OrderStream()
    service.metrics.gauge("order_streams_open", "Live streams that somebody follows.", lambda: len(stream.watchers))
    service.drain.at_end.append(stream.watchers.end)
    service.channels.append(Channel(CHANNEL, stream.on_message, stream.resync))
    outbox.supervise(service.tasks)
    service.tasks.add("confirm_ahead", jobs.confirm_ahead_for_ever)
    keeping = Housekeeping(housekeeping.chores(database, settings, service.clock, backend))
    service.tasks.add("housekeeping", keeping.run)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stream = stream
        app.state.outbox = outbox
        app.state.housekeeping = keeping
        app.state.jobs = jobs
        app.state.orders = Orders(database, service.clock, backend, outbox, settings, recorder)
        app.state.lookup = Lookup(database, OrderLimits.of(settings))
        app.state.delivery = Delivery(database, service.clock, outbox)
        yield
        await recorder.close()
        await backend.aclose()

    return create_app(
        service,
        [figures.router, endpoints.router, delivery.router, notes.router, audit_router("order_service")],
        title="SweetDream order service",
        description="Orders, their life, their live stream.",
        lifespan=lifespan,
    )


def app() -> FastAPI:
    """Return the order service as the environment configures it."""
    return build(load(OrderSettings))

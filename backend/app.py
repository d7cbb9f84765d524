"""The backend's app: `uvicorn --factory backend.app:app`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import httpx
from anyio import CapacityLimiter
from fastapi import FastAPI

from analytics.recorder import Recorder
from backend.analytics import endpoints as events
from backend.analytics import report_endpoints as reports
from backend.analytics.live import LiveEvents
from backend.cart import endpoints as cart
from backend.catalog import admin_endpoints as catalog_admin
from backend.catalog import category_endpoints as categories
from backend.catalog import endpoints as catalog
from backend.catalog import picture_endpoints as pictures
from backend.catalog import stream_endpoints as catalog_stream
from backend.catalog.cache import CHANGED_CHANNEL, AnswerCache
from backend.catalog.news import CatalogNews, StockNews
from backend.media import endpoints as media
from backend.media.encoder import Encoder
from backend.media.storage import storage
from backend.settings import BackendSettings
from backend.sheets import endpoints as sheets
from backend.stock import admin_endpoints as stock_admin
from backend.stock import endpoints as stock
from backend.stock.service import Holds
from backend.tables import SCHEMA
from shopkit.app import Service, create_app
from shopkit.audit import audit_router
from shopkit.clock import Clock, SystemClock
from shopkit.db import Database
from shopkit.notify import Channel
from shopkit.settings import load
from shopkit.tasks import SILENT_S

# Below pg_trgm's default of 0.6, so that one wrong letter in a short word ("tiramusu") still finds it.
DATABASE_PARAMETERS = {"pg_trgm.word_similarity_threshold": "0.45"}


def build(
    settings: BackendSettings,
    *,
    clock: Clock | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> FastAPI:
    """Return the backend. Tests give a clock, and transports to services that run in the same process."""
    database = Database(settings, SCHEMA, DATABASE_PARAMETERS)
    service = Service("backend", settings, database, clock or SystemClock(), dict(transports or {}))
    answers = AnswerCache(settings.catalog_cache_s)
    news = CatalogNews(answers)
    stock_news = StockNews(database)
    holds = Holds(database, service.clock, timedelta(minutes=settings.hold_minutes), stock_news.moved)
    service.metrics.gauge("holds_open", "Holds that wait for their orders.", lambda: holds.open)
    service.metrics.gauge("holds_limit_seconds", "How long one may wait.", lambda: settings.hold_minutes * 60)
    service.metrics.gauge("holds_oldest_seconds", "How long the oldest of them has waited.", holds.oldest_s)
    live_events = LiveEvents(settings, service.clock)
    live_events.supervise(service.tasks)
    recorder = Recorder("backend", live_events.add, service.clock, service.metrics)
    service.tasks.add("events", recorder.run, silent_s=2 * SILENT_S)
    service.body_limits[pictures.UPLOAD_PATHS] = pictures.MAX_UPLOAD_BYTES
    service.body_limits[sheets.IMPORT_PATH] = sheets.MAX_IMPORT_BYTES
    service.drain.at_end.append(news.watchers.end)
    service.channels.append(Channel(CHANGED_CHANNEL, news.on_message, news.resync))
    service.tasks.add("stock_news", stock_news.tell_for_ever)
    patience = max(SILENT_S, 3 * settings.sweep_seconds)
    service.tasks.add("hold_sweeper", partial(holds.sweep_for_ever, settings.sweep_seconds), silent_s=patience)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.answers = answers
        app.state.holds = holds
        app.state.news = news
        app.state.import_limiter = CapacityLimiter(1)
        app.state.encoder = Encoder()
        app.state.pictures = media.Pictures(storage(settings))
        app.state.live_events = live_events
        app.state.recorder = recorder
        await live_events.open()
        yield
        await recorder.close()
        await live_events.close()

    return create_app(
        service,
        [
            catalog_stream.router,  # before the route that takes any word for a product
            catalog.router,
            sheets.router,
            catalog_admin.router,
            categories.router,
            pictures.router,
            stock_admin.router,
            cart.router,
            cart.internal,
            stock.router,
            events.internal,
            reports.router,
            media.router,
            audit_router("backend"),
        ],
        title="SweetDream backend",
        description="Catalogue, search, cart, stock and pictures.",
        lifespan=lifespan,
    )


def app() -> FastAPI:
    """Return the backend as the environment configures it."""
    return build(load(BackendSettings))

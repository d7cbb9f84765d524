"""HTTP of the catalogue's live stream."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from backend.catalog.news import CatalogNews, Watcher
from shopkit.addresses import ClientAddress

router = APIRouter(tags=["catalogue"])


async def _watcher(request: Request, address: ClientAddress) -> AsyncIterator[Watcher]:
    """Give a watcher until the stream ends. A dependency: once a stream has begun, it is too late to refuse."""
    news: CatalogNews = request.app.state.news
    with news.watch(address) as watcher:
        yield watcher


@router.get(
    "/api/products/changes",
    response_class=EventSourceResponse,
    summary="Follow changes of the catalogue live",
    responses={200: {"description": "Events `catalog` (a CatalogChanged each) and `resync`: read anew."}},
)
async def follow_catalog(watcher: Annotated[Watcher, Depends(_watcher)]) -> AsyncIterator[ServerSentEvent]:
    """Follow which products change, as server-sent events: name, price, picture, shelf, stock.

    It begins with `resync`: what changed before it is not repeated. Changes that come faster than they are read are
    told together. It ends when the service stops. An address may follow a few at once, more are 429 `too_many_streams`.
    Whoever reads a product because of an event sends `Cache-Control: no-cache`: another instance, which may answer,
    could hear of the change a moment later.
    """
    yield ServerSentEvent(event="resync", data={})
    while not watcher.ended:
        change = await watcher.next()
        if watcher.ended:
            return
        if change is None:
            yield ServerSentEvent(event="resync", data={})
        else:
            yield ServerSentEvent(event="catalog", data=change.model_dump(by_alias=True))

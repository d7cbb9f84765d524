"""Watchers of the catalogue: told of everything, and never swamped."""

import asyncio

import pytest

from backend.catalog.cache import AnswerCache
from backend.catalog.news import MOST_NAMED, CatalogNews, Watcher

pytestmark = pytest.mark.anyio


@pytest.fixture
def news() -> CatalogNews:
    return CatalogNews(AnswerCache(60))


async def told(watcher: Watcher) -> list[int] | None:
    async with asyncio.timeout(1):
        change = await watcher.next()
    return None if change is None else change.product_ids


async def test_each_watcher_is_told_while_it_watches(news: CatalogNews) -> None:
    with news.watch() as first:
        news.on_message("3")
        with news.watch() as second:
            news.on_message("1,2")
            assert await told(second) == [1, 2]
        news.on_message("2")
        assert await told(first) == [1, 2, 3]
    news.on_message("4")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await first.next()


async def test_a_message_without_ids_is_about_all(news: CatalogNews) -> None:
    with news.watch() as watcher:
        news.on_message("5")
        news.on_message("")
        news.on_message("6")
        assert await told(watcher) == []
        news.on_message("7")
        assert await told(watcher) == [7]


async def test_more_than_can_be_named_are_all(news: CatalogNews) -> None:
    with news.watch() as watcher:
        for number in range(1, MOST_NAMED + 1):
            news.on_message(str(number))
        assert await told(watcher) == list(range(1, MOST_NAMED + 1))
        for number in range(MOST_NAMED + 1):
            news.on_message(str(number + 1))
        assert await told(watcher) == []


async def test_what_may_have_been_missed_is_read_anew(news: CatalogNews) -> None:
    with news.watch() as watcher:
        news.on_message("5")
        await news.resync()
        news.on_message("6")
        assert await told(watcher) is None
        news.on_message("7")
        assert await told(watcher) == [7]


async def test_streams_end_with_the_service(news: CatalogNews) -> None:
    with news.watch() as watcher:
        assert watcher.ended is False
        news.watchers.end()
        await told(watcher)
        assert watcher.ended is True
    with news.watch() as late:
        assert late.ended is True


async def test_answers_are_forgotten_before_anybody_is_told() -> None:
    answers = AnswerCache(60)
    news = CatalogNews(answers)
    with news.watch() as watcher:
        for change in (lambda: news.on_message("1"), news.resync):
            answers.put(b"/a?", b"{}", answers.generation)
            if (waiting := change()) is not None:
                await waiting
            assert answers.get(b"/a?") is None
            await told(watcher)


async def test_nonsense_from_the_database_is_refused_but_clears_the_answers() -> None:
    answers = AnswerCache(60)
    news = CatalogNews(answers)
    answers.put(b"/a?", b"{}", answers.generation)
    with pytest.raises(ValueError, match="nonsense"):
        news.on_message("nonsense")
    assert answers.get(b"/a?") is None

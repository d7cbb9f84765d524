"""The cache of answers."""

import asyncio

import pytest

from backend.catalog import cache as cache_module
from backend.catalog.cache import MAX_ANSWERS, MAX_BYTES, AnswerCache

pytestmark = pytest.mark.anyio


def test_an_answer_is_good_for_its_life(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(cache_module.time, "monotonic", lambda: now)
    cache = AnswerCache(2.0)
    answer = cache.put(b"/a?", b"{}", cache.generation)
    assert cache.get(b"/a?") is answer
    now = 102.0
    assert cache.get(b"/a?") is answer
    now = 102.1
    assert cache.get(b"/a?") is None


def test_an_etag_is_the_contents() -> None:
    cache = AnswerCache(2.0)
    one, same, other = (cache.put(key, body, 0).etag for key, body in ((b"1", b"a"), (b"2", b"a"), (b"1", b"b")))
    assert one == same != other
    assert one.startswith('"')
    assert one.endswith('"')


def test_without_a_life_nothing_is_kept() -> None:
    cache = AnswerCache(0)
    assert cache.put(b"/a?", b"{}", cache.generation).body == b"{}"
    assert cache.get(b"/a?") is None


def test_the_least_used_fall_out_first() -> None:
    cache = AnswerCache(60)
    for number in range(MAX_ANSWERS):
        cache.put(str(number).encode(), b"", 0)
    cache.get(b"0")
    cache.put(b"new", b"", 0)
    assert len(cache._answers) == MAX_ANSWERS
    assert cache.get(b"0") is not None
    assert cache.get(b"1") is None


def test_long_answers_fall_out_sooner() -> None:
    cache = AnswerCache(60)
    third = b"x" * (MAX_BYTES // 3)
    for key in (b"1", b"2", b"2", b"3"):
        cache.put(key, third, 0)
    assert cache.get(b"1") is not None
    cache.put(b"4", third, 0)
    assert cache.get(b"1") is not None
    assert cache.get(b"2") is None
    cache.put(b"too long", b"x" * (MAX_BYTES + 1), 0)
    assert len(cache._answers) == 0
    cache.clear()
    cache.put(b"1", third, cache.generation)
    assert cache.get(b"1") is not None


def test_clearing_forgets_also_what_is_being_made() -> None:
    cache = AnswerCache(60)
    generation = cache.generation
    cache.put(b"/a?", b"{}", generation)
    cache.clear()
    cache.put(b"/b?", b"{}", generation)
    assert cache.get(b"/a?") is None
    assert cache.get(b"/b?") is None
    cache.put(b"/b?", b"{}", cache.generation)
    assert cache.get(b"/b?") is not None


async def test_locks_are_shared_by_key_and_bounded() -> None:
    cache = AnswerCache(60)
    held = cache.lock(b"held")
    assert cache.lock(b"held") is held
    async with held:
        for number in range(3 * MAX_ANSWERS):
            cache.lock(str(number).encode())
        assert cache.lock(b"held") is held
    assert len(cache._filling) <= MAX_ANSWERS + 2
    await asyncio.sleep(0)

"""What storefronts know together, in memory and in Valkey."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from storefront.settings import StorefrontSettings
from storefront.shared import Memory, Shared, Valkey
from tests.support.valkey import valkey

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of these tests' own."""
    folder: Path = tmp_path_factory.mktemp("valkey")
    with valkey(folder) as url:
        yield url


@pytest.fixture(params=["memory", "valkey"])
async def pair(request: pytest.FixtureRequest, server: str) -> AsyncIterator[tuple[Shared, Shared]]:
    """What two processes see; in memory that is one and the same."""
    one: Shared = Memory() if request.param == "memory" else Valkey(server)
    other = one if isinstance(one, Memory) else Valkey(server)
    yield one, other
    await one.close()
    await other.close()


async def test_a_code_is_good_once_for_all(pair: tuple[Shared, Shared]) -> None:
    one, other = pair
    heard = await asyncio.gather(*(which.first("code:a", 60) for which in (one, other) * 10))
    assert heard.count(True) == 1
    assert await other.first("code:b", 60)


async def test_what_is_said_is_forgotten_in_time(pair: tuple[Shared, Shared]) -> None:
    one, other = pair
    assert await one.first("code:short", 1)
    async with asyncio.timeout(5):
        while not await other.first("code:short", 1):
            await asyncio.sleep(0.05)


async def test_what_is_kept_is_seen_until_it_is_dropped(pair: tuple[Shared, Shared]) -> None:
    one, other = pair
    await one.keep("move:1", "Bánh")
    assert await other.kept() == {"move:1": "Bánh"}
    await other.drop("move:1")
    await other.drop("move:1")
    assert await one.kept() == {}


async def test_a_process_lives_for_as_long_as_it_listens(server: str) -> None:
    one, other = Valkey(server), Valkey(server)
    assert not await other.lives("a")
    seen = asyncio.create_task(one.be_seen(lambda: "a"))
    async with asyncio.timeout(5):
        while not await other.lives("a"):
            await asyncio.sleep(0.02)
    assert not await other.lives("b")
    seen.cancel()
    await asyncio.wait([seen])
    async with asyncio.timeout(5):
        while await other.lives("a"):
            await asyncio.sleep(0.02)
    await one.close()
    await other.close()


@pytest.mark.parametrize("url", ["http://valkey:6379", "valkey:6379", "unix:///run/valkey.sock"])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="must begin with redis:// or, for TLS, rediss://"):
        StorefrontSettings(valkey_url=url)  # type: ignore[arg-type]


def test_outside_development_its_password_is_not_the_one_in_the_code() -> None:
    told = {"environment": "production", "public_url": "https://shop.example", "trusted_proxy_hops": 1}
    secrets = {"service_secret": "s" * 32, "session_secret": "t" * 32}
    with pytest.raises(ValidationError, match="VALKEY_URL must hold a password of your own"):
        StorefrontSettings(**told, **secrets, valkey_url="rediss://:insecure-valkey-password@valkey:6379/0")

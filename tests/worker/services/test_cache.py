import asyncio
from collections.abc import Iterator
from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.services.cache import CACHE, get_cached_or_fetch


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    CACHE.clear()
    yield
    CACHE.clear()


def now() -> float:
    return asyncio.get_running_loop().time()


async def never() -> None:
    await asyncio.Event().wait()


async def test_what_was_fetched_once_is_not_fetched_again():
    fetch = AsyncMock(return_value=720)
    assert await get_cached_or_fetch("score", fetch, timeout=1, fallback=None) == 720
    assert await get_cached_or_fetch("score", fetch, timeout=1, fallback=None) == 720
    fetch.assert_awaited_once_with()
    assert CACHE == {"score": 720}


@pytest.mark.parametrize("value", [0, None, "", []], ids=repr)
async def test_an_empty_value_is_a_value(value):
    fetch = AsyncMock(return_value=value)
    for _ in range(2):
        assert await get_cached_or_fetch("key", fetch, 1, "fallback") == value
    assert fetch.await_count == 1


async def test_each_key_has_its_own_value():
    await get_cached_or_fetch("a", AsyncMock(return_value=1), 1, None)
    assert await get_cached_or_fetch("b", AsyncMock(return_value=2), 1, None) == 2
    assert CACHE == {"a": 1, "b": 2}


async def test_an_own_cache_is_used_in_place_of_the_common_one():
    cache = {}
    await get_cached_or_fetch("a", AsyncMock(return_value=1), 1, None, cache)
    assert (cache, CACHE) == ({"a": 1}, {})
    assert await get_cached_or_fetch("a", AsyncMock(return_value=2), cache=cache) == 1


async def test_after_the_timeout_the_answer_is_the_fallback():
    assert await get_cached_or_fetch("score", never, timeout=3, fallback=600) == 600
    assert now() == 3


async def test_the_fallback_is_never_cached():
    await get_cached_or_fetch("score", never, 1, 600)
    assert CACHE == {}
    assert await get_cached_or_fetch("score", AsyncMock(return_value=720), 1, 600) == 720


async def test_the_late_fetch_is_cancelled():
    ends = []

    async def late():
        try:
            await asyncio.sleep(60)
        finally:
            ends.append(now())

    await get_cached_or_fetch("score", late, 1, None)
    assert ends == [1]


async def test_a_timeout_inside_the_fetch_is_an_error_and_no_fallback():
    fetch = AsyncMock(side_effect=TimeoutError("the database"))
    with pytest.raises(TimeoutError, match="the database"):
        await get_cached_or_fetch("score", fetch, 5, 600)
    assert (now(), CACHE) == (0, {})


@pytest.mark.parametrize("error", [OSError("down"), asyncio.CancelledError()], ids=repr)
async def test_an_error_of_the_fetch_is_passed_on_and_not_cached(error):
    with pytest.raises(type(error)):
        await get_cached_or_fetch("score", AsyncMock(side_effect=error), 5, 600)
    assert CACHE == {}


async def test_a_cancellation_is_not_taken_for_the_timeout():
    task = asyncio.create_task(get_cached_or_fetch("score", never, 5, 600))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert CACHE == {}


async def test_no_timeout_waits_as_long_as_it_takes():
    async def slow():
        await asyncio.sleep(86_400)
        return 720

    assert await get_cached_or_fetch("score", slow, timeout=None) == 720

"""A value from the cache, or fetched within a deadline, or a fallback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

# The cache of all calls that bring none of their own; CACHE.clear() empties it.
CACHE: dict[str, Any] = {}


async def get_cached_or_fetch(
    key: str,
    fetch_func: Callable[[], Awaitable[Any]],
    timeout: float | None = 1.0,
    fallback: Any = None,
    cache: MutableMapping[str, Any] | None = None,
) -> Any:
    """The cached value of `key`; else what `fetch_func()` gives, which is then cached.

    If that takes more than `timeout` seconds, the fetch is cancelled and the answer is `fallback`,
    which is never cached.

    Raises:
        Exception: whatever `fetch_func` raises, a TimeoutError of its own included.
    """
    store = CACHE if cache is None else cache
    if key in store:
        return store[key]
    try:
        async with asyncio.timeout(timeout) as deadline:
            value = await fetch_func()
    except TimeoutError:
        if not deadline.expired():
            raise
        return fallback
    store[key] = value
    return value

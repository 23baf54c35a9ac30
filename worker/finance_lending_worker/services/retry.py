"""Try again, with growing pauses, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

T = TypeVar("T")
Errors = type[Exception] | tuple[type[Exception], ...]

# A second try can mend these. A bad request stays bad.
TRANSIENT: Errors = (ConnectionError, TimeoutError, httpx.TransportError)


async def retry(
    op: Callable[[], Awaitable[T]],
    attempts: int = 4,
    base_delay: float = 1.0,
    retry_on: Errors = TRANSIENT,
) -> T:
    """The result of `op()`, tried up to `attempts` times.

    The pause after a failure is `base_delay` seconds and doubles each time; none follows the last
    failure. With the defaults the calls start at 0, 1, 3 and 7 s if they fail at once.

    Raises:
        ValueError: `attempts` is less than 1.
        Exception: the last failure, or at once any error that is not one of `retry_on`.
    """
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    attempt = 1
    delay = base_delay
    while True:
        try:
            return await op()
        except retry_on:
            if attempt == attempts:
                raise
        await asyncio.sleep(delay)
        attempt += 1
        delay *= 2


async def retry_within(
    op: Callable[[], Awaitable[T]],
    budget: float,
    attempts: int = 4,
    base_delay: float = 1.0,
    retry_on: Errors = TRANSIENT,
) -> T:
    """As `retry`, but all attempts and pauses together take at most `budget` seconds.

    Raises:
        TimeoutError: the budget is spent; the attempt or pause of that moment is cancelled.
        Exception: as `retry`.
    """
    async with asyncio.timeout(budget):
        return await retry(op, attempts, base_delay, retry_on)

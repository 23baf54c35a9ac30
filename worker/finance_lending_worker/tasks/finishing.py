"""Some work must end once it has begun, whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Wait for `work` to end, however often the caller is cancelled.

    `asyncio.shield` alone is not enough: it protects the work, but lets the caller go on at once.
    Nothing protects it from the end of the loop: `asyncio.run` cancels every task that is left. So
    end what uses this before the main coroutine returns, and give it work that does not take long.

    Returns:
        The result of `work`.

    Raises:
        asyncio.CancelledError: the caller was cancelled, and `work` has ended since; if it
            failed, its error is the cause.
        BaseException: whatever `work` raises.
    """
    task = asyncio.create_task(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation from (None if task.cancelled() else task.exception())
    return task.result()

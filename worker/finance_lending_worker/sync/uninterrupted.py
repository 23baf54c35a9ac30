"""Work that ends once it has begun, whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def finish(work: Awaitable[Result]) -> Result:
    """Await ``work`` to its end and return its result, even if the calling task is cancelled again and again.

    Raises:
        asyncio.CancelledError: the caller was cancelled; raised when the work is over, whatever came of it.
        Exception: what the work raised.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    error_of_work = None if task.cancelled() else task.exception()
    raise cancelled from error_of_work

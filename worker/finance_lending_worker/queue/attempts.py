"""Try again: how often a message that fails is given to its handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from finance_lending_worker.tasks.cancellation import watch_for_cancellation

Message = TypeVar("Message")
Result = TypeVar("Result")


async def attempt(
    handler: Callable[[Message], Awaitable[Result]], message: Message, max_attempts: int
) -> Result:
    """Return the result of ``handler(message)``, tried up to ``max_attempts`` times.

    Raises:
        Exception: the error of the last attempt. A handler that raises CancelledError though nobody
            cancelled it has failed like any other: its error is a RuntimeError.
        asyncio.CancelledError: the calling task was cancelled; there is no further attempt, even if
            the handler turned the cancellation into another error.
    """
    for attempts_left in reversed(range(max_attempts)):
        # A handler may have cancelled this task and kept that to itself: only what comes is new.
        is_cancelled = watch_for_cancellation()
        try:
            return await handler(message)
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            if not attempts_left:
                raise RuntimeError("the handler raised CancelledError") from error
        except Exception as error:
            if is_cancelled():
                raise asyncio.CancelledError from error
            if not attempts_left:
                raise
    raise ValueError(f"max_attempts must be at least 1, not {max_attempts}")

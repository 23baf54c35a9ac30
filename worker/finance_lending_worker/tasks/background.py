"""Work that nobody waits for at once, and that is not lost for all that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_log = logging.getLogger(__name__)


def _log_error(error: BaseException) -> None:
    _log.error("a background task failed", exc_info=error)


class BackgroundTasks:
    """Starts tasks, keeps them until they end, and gives each failure to `on_error`, once.

    `len()` of it is the number of tasks that have not ended. A cancelled task has not failed.
    """

    def __init__(self, on_error: Callable[[BaseException], object] = _log_error) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, coro: Coroutine[Any, Any, T], name: str | None = None) -> asyncio.Task[T]:
        """Start `coro` as a task and return it; you may await it, but need not."""
        task = asyncio.create_task(coro, name=name)
        # The loop itself keeps only a weak reference.
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def drain(self) -> None:
        """Wait for all tasks, also for those they start meanwhile. Raises no error of theirs."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._on_error(error)

"""Whose cancellation is it: the caller's, or one that the awaited code made by itself?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


def watch_for_cancellation() -> Callable[[], bool]:
    """Return a function that says whether the current task has been cancelled since this call.

    It may be asked from other tasks too. A cancellation that came before, and that somebody caught
    and never took back with `uncancel`, does not count.

    Raises:
        RuntimeError: there is no running event loop.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    return lambda: task.cancelling() > before

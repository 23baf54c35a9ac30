"""What a test leaves behind: tasks still running, errors nobody looked at, coroutines nobody awaited."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from coursekit.harness.deadlock import describe, line_of

NEVER_AWAITED = "was never awaited"


class Leaks:
    """The findings of one test, as lines of text; `take` gives them once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def take(self) -> list[str]:
        """All findings so far, and forget them."""
        found, self._found = self._found, []
        return found

    def tasks_left(self, loop: asyncio.AbstractEventLoop, known: set[asyncio.Task[Any]]) -> None:
        """Note the tasks of a loop that still run and were not `known` before."""
        left = asyncio.all_tasks(loop) - known
        if left:
            verb = "a task was" if len(left) == 1 else f"{len(left)} tasks were"
            self._found.append(
                f"{verb} left running\n{describe(left)}\n"
                "hint: await it, or cancel it and await it, before the test ends"
            )

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note every error that reaches the loop's exception handler and therefore nobody else."""
        loop.set_exception_handler(self._on_loop_error)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is None:
            loop.default_exception_handler(context)
            return
        task = context.get("task") or context.get("future")
        who = f" of task {task.get_name()}" if isinstance(task, asyncio.Task) else ""
        where = traceback.extract_tb(error.__traceback__)
        line = f"\n  {line_of(where[-1])}" if where else ""
        self._found.append(f"{context['message']}{who}: {type(error).__name__}: {error}{line}")

    @contextmanager
    def watch_coroutines(self) -> Iterator[None]:
        """Note every coroutine that is thrown away un-awaited; asyncio tells it only as a warning nobody can catch."""
        earlier_hook, earlier_depth = sys.unraisablehook, sys.get_coroutine_origin_tracking_depth()

        def hook(unraisable: sys.UnraisableHookArgs) -> None:
            error = unraisable.exc_value
            if isinstance(error, RuntimeWarning) and NEVER_AWAITED in str(error):
                self._found.append(_never_awaited(unraisable))
            else:
                earlier_hook(unraisable)

        sys.unraisablehook = hook
        sys.set_coroutine_origin_tracking_depth(1)
        try:
            yield
        finally:
            sys.set_coroutine_origin_tracking_depth(earlier_depth)
            sys.unraisablehook = earlier_hook


def _never_awaited(unraisable: sys.UnraisableHookArgs) -> str:
    message = str(unraisable.exc_value).partition("\n")[0]
    origin = getattr(unraisable.object, "cr_origin", None)
    if origin:
        message += f"\n  {line_of(traceback.FrameSummary(*origin[0]))}"
    return f"{message}\nhint: write await before the call, or give it to asyncio.create_task"

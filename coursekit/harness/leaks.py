"""What a test leaves behind: running tasks, errors nobody saw, coroutines nobody awaited."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from coursekit.harness.report import describe, error_line, name_of, origin_line
from coursekit.harness.waits import closes_a_generator

NEVER_AWAITED = "was never awaited"
# Seconds on the loop's clock that an abandoned async generator may take to clean up.
CLOSE_WITHIN = 10.0
ORIGIN_DEPTH = 4  # calls to remember of each coroutine: a mock makes its own three calls deep


class Leaks:
    """The findings of the running test, as paragraphs of text."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._failed = False

    def begin(self) -> None:
        """A test begins, with nothing found."""
        self._found.clear()
        self._failed = False

    def test_failed(self) -> None:
        """The test has failed: whatever it left behind is no news."""
        self._failed = True

    def take(self) -> str:
        """The findings since the last take, empty for a test that has already failed."""
        if not self._found:
            # A task in a cycle, as its own traceback makes one, says its last word when collected.
            gc.collect()
        found = "" if self._failed else "\n".join(self._found)
        self._found.clear()
        return found

    def tasks_left(
        self, loop: asyncio.AbstractEventLoop, known: Collection[asyncio.Task[Any]] = ()
    ) -> None:
        """Note the tasks of a loop that still run, but for the `known`.

        An async generator that was left open is closed in a task the loop makes by itself: such
        tasks are awaited first.
        """
        if self._failed:
            return
        left = {task for task in asyncio.all_tasks(loop) - set(known) if not _closes(task)}
        self._note_tasks(left)
        self._note_tasks(_close_generators(loop))

    def _note_tasks(self, left: Collection[asyncio.Task[Any]]) -> None:
        if left:
            count = "a task was" if len(left) == 1 else f"{len(left)} tasks were"
            self._found.append(
                f"{count} left running when the test ended\n{describe(left)}\n"
                "hint: await it, or cancel it and then await it"
            )

    def loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Note what a loop reports because nobody else will hear of it (an exception handler)."""
        error = context.get("exception")
        task = context.get("task") or context.get("future")
        finding = context["message"]
        if isinstance(task, asyncio.Task):
            finding += f"\n  task {name_of(task)}"
            if line := origin_line(task.get_coro()):
                finding += f", made at {line}"
        if error is not None:
            finding += f"\n  {type(error).__name__}: {error}"
            if line := error_line(error):
                finding += f"\n  {line}"
        self._found.append(finding)

    @contextmanager
    def watching_coroutines(self) -> Iterator[None]:
        """Note coroutines that are thrown away; Python says it where no caller can catch it."""
        hook_before, depth_before = sys.unraisablehook, sys.get_coroutine_origin_tracking_depth()

        def hook(unraisable: sys.UnraisableHookArgs) -> None:
            if NEVER_AWAITED in str(unraisable.exc_value):
                message = str(unraisable.exc_value).partition("\n")[0]
                line = origin_line(unraisable.object)
                self._found.append(
                    message + (f"\n  {line}" if line else "") + "\nhint: put await before the call"
                )
            else:
                hook_before(unraisable)

        sys.unraisablehook = hook
        sys.set_coroutine_origin_tracking_depth(ORIGIN_DEPTH)
        try:
            yield
        finally:
            sys.set_coroutine_origin_tracking_depth(depth_before)
            sys.unraisablehook = hook_before


def _closes(task: asyncio.Task[Any]) -> bool:
    return closes_a_generator(task.get_coro())


def _close_generators(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[Any]]:
    """Let abandoned async generators clean up; return the tasks of those that did not."""
    gc.collect()  # one in a cycle is abandoned only now, which the loop hears in its next turn
    loop.call_soon(loop.stop)
    loop.run_forever()
    if closing := set(filter(_closes, asyncio.all_tasks(loop))):
        _, closing = loop.run_until_complete(asyncio.wait(closing, timeout=CLOSE_WITHIN))
    return closing


_depth = 0


@contextmanager
def only_new_garbage() -> Iterator[None]:
    """Inside, ``gc.collect()`` looks at new objects only and costs next to nothing."""
    # In a run of pytest inside a test, say, the outer one unfreezes. Python's own count of frozen
    # objects would tell that too, but it takes milliseconds to make.
    global _depth
    _depth += 1
    gc.freeze()
    try:
        yield
    finally:
        _depth -= 1
        if not _depth:
            gc.unfreeze()

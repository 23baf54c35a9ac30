"""Note what every task of a loop does, without a change in the traced code.

A task factory wraps each coroutine in a `TracedCoroutine`, which passes `send`, `throw` and
`close` on and, at each suspension, reads what is awaited. It answers `cr_await`, `cr_frame` and
the like for the coroutine inside, and takes its own line out of tracebacks, so that reports,
cancellation and errors look as they do without it.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

from coursekit.harness import Deadlock
from coursekit.timeline import snapshot, waits
from coursekit.timeline.record import Outcome, Record, Row, Step

_MOST_STEPS = 20_000


class TracedCoroutine(Coroutine[Any, Any, Any]):
    """A task's coroutine that tells `tracer` when it runs and what it waits for."""

    __slots__ = ("__weakref__", "_coroutine", "_row", "_tracer")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], row: Row, tracer: Tracer) -> None:
        self._coroutine = coroutine
        self._row = row
        self._tracer = tracer

    def send(self, value: Any) -> Any:
        """Take one step and note what it ended in."""
        began = self._tracer.begin(self._row)
        try:
            awaited = self._coroutine.send(value)
        except BaseException as error:
            self._tracer.end(self._row, began, error)
            if error.__traceback__ is not None:
                error.__traceback__ = error.__traceback__.tb_next
            raise
        self._tracer.suspend(self._row, began, self._coroutine, awaited)
        return awaited

    def throw(self, *error: Any) -> Any:
        """Take one step that begins with an exception, as a cancellation does."""
        began = self._tracer.begin(self._row, error[0])
        try:
            awaited = self._coroutine.throw(*error)
        except BaseException as raised:
            self._tracer.end(self._row, began, raised)
            if raised.__traceback__ is not None:
                raised.__traceback__ = raised.__traceback__.tb_next
            raise
        self._tracer.suspend(self._row, began, self._coroutine, awaited)
        return awaited

    def close(self) -> None:
        """Close the coroutine inside."""
        self._coroutine.close()

    def __await__(self) -> Any:
        return self._coroutine.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coroutine, name)


class Tracer:
    """Rows of steps of the tasks made on `loop` between `install` and `uninstall`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.now: Callable[[], float] = loop.time
        self.rows: list[Row] = []
        self.began_at = loop.time()
        self.closed_at: float | None = None
        self.steps = 0
        self.since = 0  # earlier steps are not drawn
        self.cut_short = False  # there were more steps than are kept
        self._uninstalled = False
        self._frozen: Record | None = None
        self._previous = loop.get_task_factory()
        self._factory = self._make_task
        loop.set_task_factory(self._factory)

    def uninstall(self) -> None:
        """Stop noting and give the loop back the factory it had; safe to call twice."""
        self.freeze()
        if self.closed_at is None:
            self.closed_at = self.now()
        if not self._uninstalled:
            self._uninstalled = True
            if self.loop.get_task_factory() is self._factory:
                self.loop.set_task_factory(self._previous)

    def record(self) -> Record:
        """What was noted from step number `since` on; a deadlock as it was when it was found."""
        return self._frozen or snapshot.take(self)

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Future[Any]:
        row: Row | None = None
        if self.closed_at is None and asyncio.iscoroutine(coroutine):
            row = Row(coroutine, self.now(), self.steps)
            self.rows.append(row)
            coroutine = TracedCoroutine(coroutine, row, self)
        task: asyncio.Future[Any]
        if self._previous is not None:
            task = self._previous(loop, coroutine, **options)
        else:
            task = asyncio.Task(coroutine, loop=loop, **options)
        if row is not None:
            row.task = weakref.ref(task)
            if isinstance(task, asyncio.Task):
                row.default_name = task.get_name()
        return task

    def begin(self, row: Row, thrown: BaseException | None = None) -> tuple[int, float]:
        """Note that `row` takes a step now; hand the result to `suspend` or `end`."""
        if isinstance(thrown, asyncio.CancelledError):
            verdict = getattr(self.loop, "_verdict", None)
            if verdict is not None:  # the loop cancels its way out of a deadlock
                self.freeze(stuck=isinstance(verdict, Deadlock))
            row.cancels.append(self.steps)
        if row.default_name:
            _mend_name(row)
        order = self.steps
        self.steps = order + 1
        row.subject = None
        row.running = began = order, self.now()
        return began

    def freeze(self, *, stuck: bool = False) -> None:
        """Keep the record as it is now; what follows, such as a clean-up, is not drawn."""
        if self._frozen is None:
            self._frozen = snapshot.take(self, stuck=stuck)

    def suspend(self, row: Row, began: tuple[int, float], coroutine: Any, awaited: Any) -> None:
        """Note that the step ended in a wait."""
        order, at = began
        row.running = None
        if self.closed_at is None:
            wait, row.subject = waits.read(coroutine, awaited)
            row.steps.append(Step(order, at, self.now(), wait))
            if order >= _MOST_STEPS:
                self.cut_short, self.closed_at = True, self.now()

    def end(self, row: Row, began: tuple[int, float], error: BaseException) -> None:
        """Note that the step was the last one, and how it ended."""
        order, at = began
        row.running = None
        if self.closed_at is not None:
            return
        row.steps.append(Step(order, at, self.now(), None))
        row.keep_name()
        if isinstance(error, StopIteration):
            row.outcome = Outcome("returned", "")
        elif isinstance(error, asyncio.CancelledError):
            row.outcome = Outcome("cancelled", "")
        else:
            row.outcome = Outcome("raised", type(error).__name__)


def _mend_name(row: Row) -> None:
    """Python 3.13.0 names a task "None" whenever a task factory made it."""
    task = row.task() if row.task is not None else None
    if isinstance(task, asyncio.Task) and task.get_name() == "None":
        task.set_name(row.default_name)
    row.default_name = ""

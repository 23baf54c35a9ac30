"""Run a coroutine in a thread and a loop of its own, and keep the record of its tasks.

A notebook's kernel runs one loop in real time, which no cell may replace. So what is to be drawn
in virtual time runs beside it: the caller waits, an interrupt reaches the caller and ends the
run, and code that never ends is stopped at a limit of real time.
"""

from __future__ import annotations

import asyncio
import contextvars
import ctypes
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from coursekit.harness import VirtualTimeLoop
from coursekit.timeline.record import Record
from coursekit.timeline.tracing import Tracer

LIMIT = 10.0  # seconds of real time
_PATIENCE = 0.3  # seconds for a clean-up, before stronger means


class Interrupted(KeyboardInterrupt):
    """The caller was interrupted; `record` holds what had been noted by then."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record


class Stopped(BaseException):
    """The run was stopped from outside: by an interrupt or at its limit of real time."""


@dataclass
class Ending:
    """How a run ended: its record, and what it returned or raised."""

    record: Record
    value: Any = None
    error: BaseException | None = None


def run(
    start: Callable[[], Coroutine[Any, Any, Any]],
    *,
    seed: int | None = None,
    real: bool = False,
    limit: float = LIMIT,
) -> Ending:
    """Run `start()` to its end in virtual time, or in real time, and tell how it went.

    `limit` is in seconds of real time; a run that takes longer ends with Stopped as its error.
    Raises Interrupted when interrupted.
    """
    apart = _Apart(start, asyncio.new_event_loop if real else lambda: VirtualTimeLoop(seed))
    thread = threading.Thread(
        target=contextvars.copy_context().run, args=(apart.run,), daemon=True, name="timeline"
    )
    thread.start()
    try:
        in_time = apart.done.wait(limit)
    except KeyboardInterrupt:
        raise Interrupted(apart.stop(thread).record) from None
    if in_time:
        return apart.ending()
    ending = apart.stop(thread)
    ending.error = Stopped(f"stopped after {limit:g} s of real time")
    return ending


class _Apart:
    def __init__(
        self,
        start: Callable[[], Coroutine[Any, Any, Any]],
        make_loop: Callable[[], asyncio.AbstractEventLoop],
    ) -> None:
        self.done = threading.Event()
        self._returned = threading.Event()  # done, but for what the loop and its threads clean up
        self._start = start
        self._loop = make_loop()
        self._tracer = Tracer(self._loop)
        self._value: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                try:
                    self._value = runner.run(self._start())
                except BaseException as error:
                    self._error = error
                self._tracer.uninstall()
                self._returned.set()
        except BaseException as error:  # a clean-up that fails must not lose the picture
            self._error = self._error or error
        finally:
            self.done.set()

    def ending(self) -> Ending:
        return Ending(self._tracer.record(), self._value, self._error)

    def stop(self, thread: threading.Thread) -> Ending:
        """End the run: by cancellation, else by an exception in its thread, else leave it."""
        try:
            self._loop.call_soon_threadsafe(self._cancel)
        except RuntimeError:  # the loop has just been closed
            return self.ending()
        if not self._returned.wait(_PATIENCE):
            self._tracer.freeze()
            for _ in range(3):
                _raise_in(thread, Stopped)
                if self._returned.wait(_PATIENCE):
                    break
        self.done.wait(_PATIENCE)
        return self.ending()

    def _cancel(self) -> None:
        self._tracer.freeze()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()


def _raise_in(thread: threading.Thread, kind: type[BaseException]) -> None:
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(kind)
        )

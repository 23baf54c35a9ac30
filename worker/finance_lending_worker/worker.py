"""Start, serve, drain, stop: a worker that loses no job it has accepted."""

from __future__ import annotations

import asyncio
import enum
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from finance_lending_worker.crew import Crew, Job, WorkerStopped
from finance_lending_worker.queue.attempts import attempt
from finance_lending_worker.queue.consumer import consume_queue
from finance_lending_worker.tasks.finishing import finish
from finance_lending_worker.tasks.processor import acknowledge

__all__ = ["State", "Worker", "WorkerStopped"]

log = logging.getLogger(__name__)

Hook = Callable[[], Awaitable[object] | object]


class State(enum.Enum):
    """Where a worker is in its life; it never goes back."""

    NEW = "new"
    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    STOPPED = "stopped"


async def complete(job: Job) -> dict[str, Any]:
    """The embedded handler: takes any job that is a dict with an `id`, and keeps that."""
    return {**await acknowledge(job), "status": "completed"}


class Worker:
    """Does the jobs of one bounded queue, from start-up to a clean end.

    Every accepted job ends in exactly one of these lists, whatever is stopped, cancelled or fails:

    - ``results``: what the handler returned, in the order of completion;
    - ``dead_letters``: ``(job, error)`` of jobs that failed `max_attempts` times;
    - ``unfinished``: jobs that were not begun, or cut off, when the worker stopped.

    Attributes:
        state: a State; read it, do not set it.

    Args:
        handler: awaited with the job. Its exception never ends a consumer. When it is cut off, it
            has five seconds to clean up; one that goes on for longer is left behind.
        concurrency: how many jobs are in flight at once.
        maxsize: how many jobs may wait in the queue; 0 sets no limit.
        max_attempts: how often a job that fails is tried, at once.
        grace: seconds that stop() leaves the jobs in flight, and a start-up that is not over.
        on_start: called, and awaited if it is async, before the first job.
        on_stop: the same after the last job, also when the start-up failed; it is never cut off.

    Raises:
        ValueError: a number is out of range.
    """

    def __init__(
        self,
        handler: Callable[[Any], Awaitable[Any]] = complete,
        concurrency: int = 5,
        maxsize: int = 1000,
        max_attempts: int = 3,
        grace: float = 10.0,
        on_start: Hook | None = None,
        on_stop: Hook | None = None,
    ) -> None:
        if concurrency < 1 or max_attempts < 1:
            raise ValueError("concurrency and max_attempts must be at least 1")
        if maxsize < 0 or grace < 0:
            raise ValueError("maxsize and grace must not be negative")
        self.state = State.NEW
        self._handler = handler
        self._concurrency = concurrency
        self._max_attempts = max_attempts
        self._grace = grace
        self._on_start = on_start
        self._on_stop = on_stop
        self._crew = Crew(handler, concurrency, maxsize, max_attempts, on_loss=self._ask_to_stop)
        self.results = self._crew.results
        self.dead_letters = self._crew.dead_letters
        self.unfinished = self._crew.unfinished
        self._run_called = False
        self._start_deadline: asyncio.Timeout | None = None
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()

    def is_running(self) -> bool:
        """Whether it takes and does jobs: from the end of start-up until a stop is asked for."""
        return self.state is State.READY

    def is_stopped(self) -> bool:
        """Whether all is closed."""
        return self.state is State.STOPPED

    async def submit(self, job: Job) -> None:
        """Accept a job; wait while the queue is full. Before run() it waits there for consumers.

        Raises:
            WorkerStopped: a stop was asked for, possibly while this call waited.
            asyncio.CancelledError: as the caller's. After either error the job was not accepted.
        """
        await self._crew.accept(job)

    async def join(self) -> None:
        """Return when every accepted job is in one of the three lists."""
        await self._crew.join()

    async def run(self) -> None:
        """Start up, do jobs until a stop is asked for, close; return when stopped.

        Cancelling it stops the worker without grace: the jobs in flight are cut off, then all is
        closed as usual. A consumer that is lost stops the worker, too.

        Raises:
            RuntimeError: it was called before; a worker runs once.
            Exception: what `on_start` or `on_stop` raised, when all is closed.
        """
        if self._run_called:
            raise RuntimeError("a worker runs once")
        self._run_called = True
        if self._stopping.is_set():
            return
        self.state = State.STARTING
        try:
            await self._start()
            if not self._stopping.is_set():
                self.state = State.READY
                self._crew.start()
                await self._stopping.wait()
                await self._crew.drain(self._grace)
        finally:
            # Also when the start failed, or run() was cancelled.
            self._ask_to_stop()
            await finish(self._close())

    async def stop(self) -> None:
        """Stop, and return when all is closed; harmless when called again, or at the same time.

        In this order: refuse jobs, take no more, wait `grace` seconds for those in flight, cancel
        them, keep what was not done in `unfinished`, call `on_stop`. Before run() there is nothing
        to wait for, and run() will do nothing. Cancelling stop() does not call the stop off. A job
        must not await it, for it waits for that job.
        """
        self._ask_to_stop()
        if not self._run_called:
            self._crew.give_back()
            self._end()
        await self._stopped.wait()

    shutdown = stop

    async def process_queue(self, queue: asyncio.Queue[Any]) -> list[Any]:
        """Do the jobs of somebody's queue until ``None``; it needs no run(), and no stop() ends it.

        Returns:
            What the handler returned, in the order of the queue. It is also in `results`; a job
            that failed is in `dead_letters` instead.

        Raises:
            WorkerStopped: a stop was asked for before.
            asyncio.CancelledError: as the caller's; the jobs in hand are in `unfinished`.
        """
        if self._stopping.is_set():
            raise WorkerStopped("the worker takes no more jobs")
        results: dict[int, Any] = {}
        taken = 0

        async def process(job: Job) -> None:
            nonlocal taken
            place = taken = taken + 1
            try:
                results[place] = await attempt(self._handler, job, self._max_attempts)
            except asyncio.CancelledError:
                self.unfinished.append(job)
                raise
            self.results.append(results[place])

        await consume_queue(queue, process, self._concurrency, 1, self.dead_letters)
        return [results[place] for place in sorted(results)]

    async def _start(self) -> None:
        if self._on_start is None:
            return
        try:
            async with asyncio.timeout(None) as deadline:
                self._start_deadline = deadline
                await _call(self._on_start)
        except TimeoutError:
            if not deadline.expired():
                raise
            log.error("the start-up did not end within %g s of the stop", self._grace)
        finally:
            self._start_deadline = None

    def _ask_to_stop(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.state = State.DRAINING
        self._crew.close()
        if self._start_deadline is not None:
            self._start_deadline.reschedule(asyncio.get_running_loop().time() + self._grace)

    async def _close(self) -> None:
        try:
            await self._crew.cut_off()
            self._crew.give_back()
            if self._on_stop is not None:
                await _call(self._on_stop)
        finally:
            self._end()

    def _end(self) -> None:
        self.state = State.STOPPED
        self._stopped.set()


async def _call(hook: Hook) -> None:
    outcome = hook()
    if inspect.isawaitable(outcome):
        await outcome

"""Consumers of one bounded queue, and what became of each job they were given."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from finance_lending_worker.queue.attempts import attempt

CANCEL_PATIENCE = 5.0  # seconds for a job that is cut off to clean up, before it is left behind

log = logging.getLogger(__name__)

Job = Any
Consumer = asyncio.Task[None]


class WorkerStopped(Exception):
    """The worker takes no more jobs; the one it was offered was not accepted."""


class Crew:
    """Takes jobs, does them with `size` consumers, and files each in exactly one list.

    `results` has what the handler returned, `dead_letters` has ``(job, error)``, `unfinished` has
    jobs that were not begun or were cut off. The rest is as Worker says, whose crew it is.

    Args:
        on_loss: called when a consumer ends though nobody has closed the crew.
    """

    def __init__(
        self,
        handler: Callable[[Job], Awaitable[Any]],
        size: int,
        maxsize: int,
        max_attempts: int,
        on_loss: Callable[[], object],
    ) -> None:
        self.results: list[Any] = []
        self.dead_letters: list[tuple[Job, Exception]] = []
        self.unfinished: list[Job] = []
        self.closed = asyncio.Event()
        self._handler = handler
        self._size = size
        self._max_attempts = max_attempts
        self._on_loss = on_loss
        self._queue: asyncio.Queue[Job] = asyncio.Queue(maxsize)
        self._turn = asyncio.Lock()
        self._room = asyncio.Event()
        self._consumers: list[Consumer] = []
        self._in_flight: dict[Consumer, Job] = {}

    async def accept(self, job: Job) -> None:
        """Put a job into the queue, waiting for room; WorkerStopped if it is closed before that."""
        async with self._turn:  # first come, first served
            while self._queue.full() and not self.closed.is_set():
                self._room.clear()
                await self._room.wait()
            if self.closed.is_set():
                raise WorkerStopped("the worker takes no more jobs")
            self._queue.put_nowait(job)

    async def join(self) -> None:
        """Return when every accepted job is filed."""
        await self._queue.join()

    def start(self) -> None:
        """Let the consumers begin."""
        for _ in range(self._size):
            consumer = asyncio.create_task(self._consume())
            consumer.add_done_callback(self._consumer_ended)
            self._consumers.append(consumer)

    def close(self) -> None:
        """Accept nothing more and take nothing more from the queue."""
        self.closed.set()
        self._room.set()  # who waits in accept() is refused

    async def drain(self, grace: float) -> None:
        """Let the jobs in flight end, for `grace` seconds; raise what broke a consumer, if any."""
        for consumer in self._consumers:
            if consumer not in self._in_flight:
                consumer.cancel()
        ended, _ = await asyncio.wait(self._consumers, timeout=grace)
        for consumer in ended:
            if not consumer.cancelled():
                consumer.result()

    async def cut_off(self) -> None:
        """Cancel the jobs in flight and file what is then left of them as unfinished."""
        for consumer in self._consumers:
            consumer.cancel()
        if self._consumers:
            await asyncio.wait(self._consumers, timeout=CANCEL_PATIENCE)
        for consumer, job in list(self._in_flight.items()):
            if not consumer.done():
                log.error("left behind, for it does not end: %r", job)
            self._file(consumer, self.unfinished, job)

    def give_back(self) -> None:
        """File the jobs in the queue as unfinished."""
        while not self._queue.empty():
            self.unfinished.append(self._queue.get_nowait())
            self._queue.task_done()

    async def _consume(self) -> None:
        consumer = asyncio.current_task()
        assert consumer is not None
        while not self.closed.is_set():
            job = await self._queue.get()
            self._room.set()
            self._in_flight[consumer] = job
            await self._do(consumer, job)
            # A handler that never waits must not keep everybody else waiting.
            await asyncio.sleep(0)

    async def _do(self, consumer: Consumer, job: Job) -> None:
        try:
            result = await attempt(self._handler, job, self._max_attempts)
        except Exception as error:
            log.warning("gave up on %r: %r", job, error)
            self._file(consumer, self.dead_letters, (job, error))
        else:
            self._file(consumer, self.results, result)

    def _file(self, consumer: Consumer, outcomes: list[Any], outcome: Any) -> None:
        # Once: a job that was left behind stays unfinished, even if it ends after all.
        if consumer in self._in_flight:
            del self._in_flight[consumer]
            outcomes.append(outcome)
            self._queue.task_done()

    def _consumer_ended(self, consumer: Consumer) -> None:
        if not self.closed.is_set():
            log.error("a consumer has ended before the end")
            self._on_loss()

"""One run: each line of the input ends as a decision, as unfinished or as failed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from finance_lending_worker.program.decisions import DecisionWriter
from finance_lending_worker.program.leftovers import Failed, Unfinished
from finance_lending_worker.program.lines import Line, LineReader
from finance_lending_worker.program.progress import progress, say
from finance_lending_worker.program.signals import StopSignals
from finance_lending_worker.tasks.background import BackgroundTasks
from finance_lending_worker.worker import Worker, WorkerStopped

_QUEUE_SIZE = 1000  # lines
_SILENCE = 1.0  # seconds without a line, after which a stopped run no longer waits for more
_MAX_WAITS = 10  # of so many seconds, for input that never ends
_FAILURES_SHOWN = 20


class Run:
    """Lines from a reader to a worker, and from there to where they belong.

    Attributes:
        decided: how many lines have a decision in the store.
        problems: what ended the run before its time, one text each.
    """

    def __init__(
        self,
        reader: LineReader,
        decide: Callable[[Any], Awaitable[dict[str, Any]]],
        decisions: DecisionWriter,
        unfinished: Unfinished,
        failed: Failed,
        concurrency: int,
        grace: float,
    ) -> None:
        self.decided = 0
        self.problems: list[str] = []
        self._reader = reader
        self._decide = decide
        self._decisions = decisions
        self._unfinished = unfinished
        self._failed = failed
        self._worker = Worker(self._handle, concurrency, maxsize=_QUEUE_SIZE, grace=grace)
        self._stops = BackgroundTasks()

    async def to_the_end(self, stop_signals: StopSignals) -> None:
        """Go through all lines, or stop on a signal; return when each line is where it belongs."""
        loop = asyncio.get_running_loop()
        with stop_signals.told_to(lambda: loop.call_soon_threadsafe(self._stop_on_signal)):
            async with progress(self.summary):
                running = asyncio.create_task(self._worker.run())
                feeding = asyncio.create_task(self._feed())
                await asyncio.wait({running, feeding}, return_when=asyncio.FIRST_COMPLETED)
                if feeding.done():
                    await self._worker.join()
                    await self._worker.stop()
                await running
                await self._end_of_input(feeding)
                await self._stops.drain()
            self._sort_out()

    def summary(self) -> str:
        """How far it is, in one line."""
        return (
            f"{self._reader.count} read, {self.decided} decided,"
            f" {self._failed.count} failed, {self._unfinished.count} unfinished"
        )

    async def _handle(self, line: Line) -> None:
        decision = await self._decide(line.job())
        try:
            await self._decisions.save(decision)
        except sqlite3.Error as error:
            # Not the job's fault, and the next one would fare no better.
            if not self.problems:
                self._stop(f"cannot write to the database: {error}")
            raise
        self.decided += 1

    async def _feed(self) -> None:
        try:
            async for line in self._reader:
                self._unfinished.read(line)
                self._failed.read(line)
                try:
                    await self._worker.submit(line)
                except WorkerStopped:
                    self._unfinished.add_line(line)
        except OSError as error:
            self._stop(f"cannot read on: {error.strerror}")

    async def _end_of_input(self, feeding: asyncio.Task[None]) -> None:
        """Wait for the rest of the lines, but not for ever on a pipe that somebody holds open."""
        if self._reader.ends:
            await feeding
        for _ in range(_MAX_WAITS):
            count = self._reader.count
            await asyncio.wait({feeding}, timeout=_SILENCE)
            if feeding.done() or self._reader.count == count:
                break
        if feeding.cancel():
            await asyncio.wait({feeding})
            if begun := self._reader.last():
                self._unfinished.add_line(begun)

    def _sort_out(self) -> None:
        """Put each line that was accepted, but not decided, into its file."""
        for line, error in self._worker.dead_letters:
            if isinstance(error, sqlite3.Error):
                self._unfinished.add_line(line)
            else:
                reason = " ".join(str(error).split()) or type(error).__name__
                self._failed.add_line(line, reason)
                if self._failed.count <= _FAILURES_SHOWN:
                    say(f"line {line.number}: {reason}")
        for line in self._worker.unfinished:
            self._unfinished.add_line(line)
        self._unfinished.save()
        self._failed.save()

    def _stop_on_signal(self) -> None:
        if self._stops:
            return
        say("stopping: what is in hand will be done, the rest is kept as unfinished")
        self._stops.add(self._worker.stop())

    def _stop(self, problem: str) -> None:
        self.problems.append(problem)
        self._stops.add(self._worker.stop())

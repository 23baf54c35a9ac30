"""An event loop in virtual time: it sleeps an hour at once and knows when nothing can wake it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Executor
from contextvars import Context, copy_context
from typing import Any, NoReturn, TypeVar, TypeVarTuple, Unpack, cast

from coursekit.harness.clock import VirtualClock
from coursekit.harness.deadlock import Deadlock, Livelock
from coursekit.harness.outside import Outside
from coursekit.harness.report import describe, in_order
from coursekit.harness.schedule import Schedule, is_step
from coursekit.harness.selector import Selector

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Turns of the loop in one run: half a second of work, and more than the 86,400 a test takes that
# sleeps through a day second by second.
LIMIT = 100_000
# The same for cleaning up after a verdict, and how often code is cancelled that does not end.
CLEAN_UP_LIMIT = 1_000
ATTEMPTS = 10
REAL_TIME = "hint: a test that waits for it needs a real clock: mark it @pytest.mark.real_time"

# Tasks that refused to end: kept alive, they cannot spoil another test when they are collected.
_unending: list[asyncio.Future[Any]] = []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop in virtual time, for tests.

    ``time()`` starts at 0 and moves only when nothing is ready, then at once to the next timer.
    While work of an executor is pending (``to_thread``, ``run_in_executor``, ``getaddrinfo``) the
    loop waits for it in real time and the clock stands still. Timers come before all else that is
    outside: under a virtual timeout, a child process, a thread of another's or a far socket times
    out at once. Test those in real time.

    When nothing can ever wake the loop, `run_until_complete` cancels the main task, lets it clean
    up and raises Deadlock; after LIMIT turns in one run it does the same with Livelock. It raises
    them whatever the cancelled code does. While the test has a socket open, a thread at work
    or a signal handler set, the loop first waits for those in real time, and gives up when nothing
    has come from outside for five seconds.

    With a `seed`, tasks that are ready at the same time run in an order drawn from it, the same
    every time; plain callbacks keep theirs.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._clock = VirtualClock()
        self._schedule = None if seed is None else Schedule(seed)
        self._executing = 0
        self._settling: list[asyncio.Future[None]] = []
        self._main: asyncio.Future[Any] | None = None
        self._verdict: Deadlock | Livelock | None = None
        self._turns_left = LIMIT
        self._passed_by = ""
        selector = Selector(self)
        super().__init__(selector)
        self._outside = Outside(selector.get_map())

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._clock.now

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As on every loop; timers for one moment fire in the order they were asked for."""
        return super().call_at(self._clock.appoint(when), callback, *args, context=context)

    def call_soon(
        self,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """As on every loop; with a seed, steps of tasks change places."""
        if self._schedule is None:
            return super().call_soon(callback, *args, context=context)
        if not is_step(callback):
            self._schedule.fence()
            return super().call_soon(callback, *args, context=context)
        self._schedule.add((callback, args, copy_context() if context is None else context))
        return super().call_soon(self._schedule.run_one)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As on every loop; the clock stands still until the work is done."""
        future = super().run_in_executor(executor, func, *args)
        self._executing += 1
        future.add_done_callback(self._executed)
        return future

    async def shutdown_default_executor(self, *timeout: Any) -> None:
        """As on every loop; threads end in real time, so no `timeout` runs out here."""
        self._executing += 1
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._executing -= 1

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        """As on every loop; raises Deadlock or Livelock when `future` can never be done."""
        main = asyncio.ensure_future(cast(Awaitable[T], future), loop=self)
        self._main = main
        self._turns_left = LIMIT
        try:
            return super().run_until_complete(main)
        except (Deadlock, Livelock) as verdict:
            if verdict is not self._verdict:
                raise
            self._clean_up(main)
            raise verdict.with_traceback(None) from None
        finally:
            self._main = self._verdict = None
            self._turns_left = LIMIT

    def passed_by(self) -> str | None:
        """A note on what was at work outside while the clock jumped, None if nothing was.

        The likely cause of a test's failure: a child process, a thread of another's or a socket
        takes no virtual time, so that a timeout beside it ends at once.
        """
        if not self._passed_by:
            return None
        return f"note: virtual time did not wait for {self._passed_by}\n{REAL_TIME}"

    def settled(self) -> asyncio.Future[None]:
        """A future that is done once nothing is left to run at this time."""
        future: asyncio.Future[None] = self.create_future()
        self._settling.append(future)
        return future

    def _wake_settling(self) -> bool:
        waiting = [future for future in self._settling if not future.done()]
        self._settling.clear()
        for future in waiting:
            future.set_result(None)
        if waiting:
            self._begin_turn()  # those it wakes run in the turn that begins now
        return bool(waiting)

    def _begin_turn(self) -> None:
        if self._schedule is not None:
            self._schedule.begin_turn()
        if self._executing:
            return
        self._turns_left -= 1
        if self._turns_left < 0:
            if not self._outside.expected() or self._outside.silent():
                self._end(Livelock, "this test goes on for ever")
            self._turns_left = LIMIT

    def _jump(self, seconds: float) -> None:
        if not self._passed_by and self._outside.at_work():
            self._passed_by = self._outside.describe()
        landing = self._clock.jump(seconds)
        if landing is not None:
            self.call_soon(landing)

    def _executed(self, future: asyncio.Future[Any]) -> None:
        self._executing -= 1

    def _end(self, kind: type[Deadlock] | type[Livelock], why: str) -> NoReturn:
        message = f"{kind.__name__}: {why} (virtual time {self.time():g} s)"
        message += "\n" + describe(asyncio.all_tasks(self), self._main)
        if others := self._outside.describe():
            message += f"\n  outside, and silent: {others}\n{REAL_TIME}"
        self._verdict = kind(message)
        raise self._verdict

    def _clean_up(self, main: asyncio.Future[Any]) -> None:
        """Cancel the main task until it ends; from the second time on, all others too.

        What is outside gets its full time again, for it may be needed to clean up.
        """
        self._outside.heard()
        main.cancel()
        for _ in range(ATTEMPTS):
            self._turns_left = CLEAN_UP_LIMIT
            try:
                super().run_until_complete(main)
                return
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                if error is not self._verdict:
                    return
            tasks = sorted(asyncio.all_tasks(self), key=in_order)
            for task in tasks:
                task.cancel()
        _unending.extend(tasks)

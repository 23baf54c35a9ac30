"""An event loop whose time is virtual: it sleeps an hour at once and knows when nothing can wake it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from typing import Any, NoReturn, TypeVar

from coursekit.harness import outside
from coursekit.harness.clock import VirtualClock
from coursekit.harness.deadlock import Deadlock, Livelock, describe
from coursekit.harness.schedule import Schedule, is_step

T = TypeVar("T")

# A turn costs a few microseconds: this is about half a second, and a simulated day of one tick a minute is 3,000.
LIMIT = 100_000
# Clean-up after a verdict is short, and code that refuses to end must not cost a second.
CLEAN_UP_LIMIT = 1_000
ATTEMPTS = 10
# Seconds of real time between two looks at the threads that may wake us.
PATIENCE = 0.02

_UNENDING: list[asyncio.Future[Any]] = []


class _Selector(selectors.DefaultSelector):
    """Asks the system at once; where others would wait, it moves the loop's clock or gives a verdict."""

    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self.loop
        events = super().select(0)
        if timeout is not None and timeout <= 0:
            loop._begin_turn()
            return events
        if events or loop._wake_settling():
            return events
        if loop._executing:
            return super().select(None)
        if timeout is not None:
            loop._jump(timeout)
            return []
        if loop._expects_outside():
            return super().select(PATIENCE)
        # A thread may have called and ended since we polled, or a pool not yet have begun its work.
        events = super().select(PATIENCE if outside.strangers() else 0)
        if not events and not loop._expects_outside():
            loop._end(Deadlock, "nothing can ever wake this test")
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop in virtual time, for tests.

    ``time()`` starts at 0 and moves only when nothing is ready: then to the next timer, at once. While work of an
    executor is pending (``to_thread``, ``run_in_executor``, ``getaddrinfo``) the loop waits for it in real time and
    the clock stands still. Timers come before anything else outside: a child process, a foreign thread or another
    program's socket under a virtual timeout times out at once; test those in real time.

    When nothing can ever wake the loop, `run_until_complete` cancels the main task, lets it clean up, and raises
    Deadlock; after LIMIT turns in one run it does the same with Livelock. Neither depends on what the cancelled code
    does. With a seed, the order of ready tasks is shuffled, the same for the same seed.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._clock = VirtualClock()
        self._schedule = None if seed is None else Schedule(seed)
        self._executing = 0
        self._settling: list[asyncio.Future[None]] = []
        self._main: asyncio.Future[Any] | None = None
        self._verdict: Deadlock | Livelock | None = None
        self._turns_left = LIMIT
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)
        self._files = selector.get_map()
        self._own_files = len(self._files)  # the pipe by which the loop wakes itself
        self._handlers = outside.handlers()

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._clock.now

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As every loop; timers for the same moment fire in the order they were asked for."""
        return super().call_at(self._clock.appoint(when), callback, *args, context=context)

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """As every loop; with a seed, steps of tasks change places."""
        if self._schedule is None:
            return super().call_soon(callback, *args, context=context)
        if not is_step(callback):
            self._schedule.fence()
            return super().call_soon(callback, *args, context=context)
        self._schedule.add((callback, args, context or copy_context()))
        return super().call_soon(self._schedule.run_one)

    def run_in_executor(
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """As every loop; the clock stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._executing += 1
        future.add_done_callback(self._executed)
        return future

    async def shutdown_default_executor(self, *timeout: Any) -> None:
        """As every loop; its time limit does not run, for the threads end in real time."""
        self._executing += 1
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._executing -= 1

    def run_until_complete(self, future: Awaitable[T]) -> T:
        """As every loop; raises Deadlock or Livelock when the future can never be done."""
        main = asyncio.ensure_future(future, loop=self)
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

    def settled(self) -> asyncio.Future[None]:
        """A future that is done when nothing is ready to run at this virtual time."""
        future: asyncio.Future[None] = self.create_future()
        self._settling.append(future)
        return future

    def _wake_settling(self) -> bool:
        waiting = [future for future in self._settling if not future.done()]
        self._settling.clear()
        for future in waiting:
            future.set_result(None)
        return bool(waiting)

    def _begin_turn(self) -> None:
        if self._schedule is not None:
            self._schedule.begin_turn()
        if self._executing:
            return
        self._turns_left -= 1
        if self._turns_left < 0:
            if self._expects_outside():
                self._turns_left = LIMIT
            else:
                self._end(Livelock, "this test turns for ever")

    def _jump(self, seconds: float) -> None:
        landing = self._clock.jump(seconds)
        if landing is not None:
            self.call_soon(landing)

    def _expects_outside(self) -> bool:
        return len(self._files) > self._own_files or outside.can_call(self._handlers)

    def _executed(self, future: asyncio.Future[Any]) -> None:
        self._executing -= 1

    def _end(self, kind: type[Deadlock] | type[Livelock], why: str) -> NoReturn:
        tasks = describe(asyncio.all_tasks(self), self._main)
        self._verdict = kind(f"{kind.__name__} at {self.time():g} s: {why}\n{tasks}")
        raise self._verdict

    def _clean_up(self, main: asyncio.Future[Any]) -> None:
        """Cancel the main task until it ends; from the second time on, every other task too."""
        for attempt in range(ATTEMPTS):
            self._turns_left = CLEAN_UP_LIMIT
            tasks = asyncio.all_tasks(self) if attempt else ()
            for task in {main, *tasks}:
                task.cancel()
            try:
                super().run_until_complete(main)
                return
            except (KeyboardInterrupt, SystemExit):
                raise
            except (Deadlock, Livelock) as verdict:
                if verdict is not self._verdict:
                    return
            except BaseException:
                return
        # It refuses to end. Kept alive, it cannot spoil another test when it is collected.
        _UNENDING.append(main)

"""What could still wake a loop from outside: foreign threads, open files and signals."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import re
import signal
import sys
import threading
import time
import weakref
from collections.abc import Sized

# Threads older than the harness are the environment's (a kernel's, pytest-xdist's): no loop of ours
# is known to them.
_ENVIRONMENT = weakref.WeakSet(threading.enumerate())
OPEN = "an open socket, pipe or child process"
_WAITPID = "asyncio-waitpid-"  # a thread in which Python 3.11 waits for a child process
_NUMBERED = re.compile(r"Thread-\d+(?: \((.+)\))?")


class Outside:
    """What one loop may hear of, beyond its own tasks and timers.

    `files` are the files it watches, of which those at the beginning are its own: the pipe by
    which it wakes itself.
    """

    # Seconds of real time without a sign after which a test is taken for stuck: many times what a
    # child process needs to start on a busy machine.
    PATIENCE = 5.0

    def __init__(self, files: Sized) -> None:
        self._files = files
        self._own_files = len(files)
        self._handlers = _handlers()
        self._silent_since: float | None = None

    def expected(self) -> bool:
        """Whether an open file, a thread at work or a new signal handler may wake the loop."""
        return self.at_work() or bool(self._signals())

    def at_work(self) -> bool:
        """The same without the signals; cheap enough to ask at every jump of the clock."""
        return len(self._files) > self._own_files or (
            threading.active_count() > 1 and bool(_busy())
        )

    def heard(self) -> None:
        """Something came from outside."""
        self._silent_since = None

    def silent(self) -> bool:
        """Whether nothing came for PATIENCE, counted from the first time this was asked."""
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
        return now - self._silent_since >= self.PATIENCE

    def describe(self) -> str:
        """What may wake the loop, empty if nothing may: the same words in every run."""
        parts = [_thread(thread) for thread in _busy()]
        if len(self._files) > self._own_files:
            parts.append(OPEN)
        parts.extend(f"a handler of {signal.Signals(number).name}" for number in self._signals())
        return ", ".join(sorted(set(parts)))

    def _signals(self) -> list[int]:
        return [
            number
            for number, handler in _handlers().items()
            if handler is not self._handlers.get(number) and not _is_ctrl_c(handler)
        ]


def strangers() -> list[threading.Thread]:
    """Live threads that may know a loop of this thread: not this one, not the environment's."""
    return [
        thread
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and thread not in _ENVIRONMENT
    ]


def _busy() -> list[threading.Thread]:
    return [thread for thread in strangers() if not is_idle(thread)]


def is_idle(thread: threading.Thread) -> bool:
    """Whether it is a thread of a pool that waits for work."""
    frame = sys._current_frames().get(thread.ident or 0)
    return (
        frame is not None
        and frame.f_code.co_filename == concurrent.futures.thread.__file__
        and frame.f_code.co_name == "_worker"
    )


def _thread(thread: threading.Thread) -> str:
    """Its name without the number, which depends on what ran before, and whose code it runs."""
    if thread.name.startswith(_WAITPID):
        return OPEN
    numbered = _NUMBERED.fullmatch(thread.name)
    name = (numbered[1] or type(thread).__name__) if numbered else thread.name
    frame, module = sys._current_frames().get(thread.ident or 0), ""
    while frame is not None:
        if frame.f_globals.get("__name__") != "threading":
            module = frame.f_globals.get("__name__", "")
        frame = frame.f_back
    return f"the thread {name}" + (f" of {module}" if module else "")


def _handlers() -> dict[int, object]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _is_ctrl_c(handler: object) -> bool:
    """Whether it is Python's or asyncio.Runner's way to end a program on Ctrl-C."""
    method = getattr(handler, "func", None)
    return handler is signal.default_int_handler or isinstance(
        getattr(method, "__self__", None), asyncio.Runner
    )

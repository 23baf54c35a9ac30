"""What could still wake a loop from outside: foreign threads and signals."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import signal
import sys
import threading
import weakref

# Threads older than the harness are the environment's (a kernel's, pytest-xdist's): no loop of ours
# is known to them.
_ENVIRONMENT = weakref.WeakSet(threading.enumerate())


def handlers() -> dict[int, object]:
    """The signal handlers of this moment."""
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def strangers() -> list[threading.Thread]:
    """Live threads that may know this loop: not this one, not the environment's."""
    return [
        thread
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and thread not in _ENVIRONMENT
    ]


def can_call(before: dict[int, object]) -> bool:
    """Whether a thread is at work or a signal handler was set since `before`."""
    return any(not _is_idle(thread) for thread in strangers()) or any(
        handler is not before.get(number) and not _is_ctrl_c(handler)
        for number, handler in handlers().items()
    )


def _is_idle(thread: threading.Thread) -> bool:
    """Whether it is a thread of a pool that waits for work."""
    frame = sys._current_frames().get(thread.ident or 0)
    return (
        frame is not None
        and frame.f_code.co_filename == concurrent.futures.thread.__file__
        and frame.f_code.co_name == "_worker"
    )


def _is_ctrl_c(handler: object) -> bool:
    """Whether it is Python's or asyncio.Runner's way to end a program on Ctrl-C."""
    method = getattr(handler, "func", None)
    return handler is signal.default_int_handler or isinstance(
        getattr(method, "__self__", None), asyncio.Runner
    )

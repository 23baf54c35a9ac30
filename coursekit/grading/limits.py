"""What a run may use before it is stopped: time, memory, processes."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys

CPU_SECONDS = 3.0
"""Processor time one test may use on the correct worker.

Processor time, not time on the wall: a busy machine must not change a verdict.
"""

CPU_SECONDS_ON_A_MUTANT = 1.0
"""The same on a mutant, to which five times the slowest test's own use is added."""

WALL_SECONDS = 20.0
"""Time on the wall one test may take. Only a test that waits for something outside meets it."""

MEMORY_BYTES = 512 << 20
"""Data one process of a run may hold beyond what it starts with: Python itself then says where."""

MEMORY_BYTES_TOGETHER = 768 << 20
"""Memory all processes of a run may hold together."""

PROCESSES = 120
"""Processes one run may have at a time."""

FILE_BYTES = 512 << 20
"""The size of the largest file a run may write."""


def limit_this_process() -> None:
    """Set the limits that the operating system keeps: memory, file size, core dumps."""
    _lower(resource.RLIMIT_DATA, _data_now() + MEMORY_BYTES)
    _lower(resource.RLIMIT_FSIZE, FILE_BYTES)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, wanted: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(kind, (wanted, wanted))


def _data_now() -> int:
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def end_on_profile_signal(events: int) -> None:
    """Make SIGPROF write this process's stack to the file descriptor `events` and end the process.

    Both limits of time end in this signal, so that the reader learns which line was running.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.register(signal.SIGPROF, file=events, all_threads=False, chain=True)


def allow_processor_time(seconds: float) -> None:
    """Send SIGPROF to this process after `seconds` more of processor time; 0 takes it back."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def processor_time() -> float:
    """Return the seconds of processor time that this process has used."""
    times = os.times()
    return times.user + times.system

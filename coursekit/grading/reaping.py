"""Ends whole trees of processes, also those that left for a session of their own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER: prctl(2)
_SET_CHILD_SUBREAPER = 36
_LIST_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(parent: int) -> None:
    """Have this process killed when `parent`, its present parent, ends (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def descendants(pid: int) -> list[int]:
    """Return the ids of all living descendants of `pid`, parents before children."""
    found = []
    for child in _children(pid):
        found += [child, *descendants(child)]
    return found


def _children(pid: int) -> list[int]:
    if not _LIST_CHILDREN:
        return _children_by_psutil(pid)
    try:
        listed = []
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                listed += [int(child) for child in file.read().split()]
        return listed
    except OSError:
        return []


def _children_by_psutil(pid: int) -> list[int]:
    # Slower, for systems that do not list the children of a thread; the server does without.
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def kill_tree(pid: int) -> None:
    """Kill `pid` and all its descendants; the caller waits for `pid` if it is its own child."""
    _signal(pid, signal.SIGSTOP)  # a stopped process starts no others while its tree is read
    kill_descendants(pid)
    _signal(pid, signal.SIGKILL)


def kill_descendants(pid: int, spare: frozenset[int] = frozenset()) -> None:
    """Kill every descendant of `pid` but those in `spare` and theirs, until none is left.

    Zombies among the own children of this process are waited for.
    """
    for _ in range(200):
        alive = [child for top in _children(pid) if top not in spare for child in _tree(top)]
        if not alive:
            return
        for child in alive:
            _signal(child, signal.SIGSTOP)
        for child in alive:
            _signal(child, signal.SIGKILL)
        if pid == os.getpid():
            for child in alive:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child, 0)
        elif all(_is_zombie(child) for child in alive):
            return
        else:
            time.sleep(0.002)


def _tree(pid: int) -> list[int]:
    return [pid, *descendants(pid)]


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def hold_more_than(limit: int, pids: list[int]) -> bool:
    """Return whether `pids` together hold more than `limit` bytes of memory (Linux)."""
    # Forks share most of what each seems to hold, but to count that properly takes longer.
    return sum(map(_resident, pids)) > limit and sum(map(_proportional, pids)) > limit


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _proportional(pid: int) -> int:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
    return _resident(pid)

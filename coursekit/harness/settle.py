"""Wait until all other tasks are blocked."""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

from coursekit.harness.loop import VirtualTimeLoop
from coursekit.harness.waits import Wait

# A finished future wakes a task through at most a few plain callbacks (gather, shield, wait, a
# TaskGroup in another), one turn of the loop each.
QUIET_TURNS = 5

_settling: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()


async def settle() -> None:
    """Return when every other task is blocked; no time passes in between.

    Blocked means that a task waits for a timer, a lock, a queue, a thread, the network ... and
    cannot go on before that. Tasks that are in settle() themselves count as blocked, so several may
    settle at once.

    On a VirtualTimeLoop this is exact: nothing is left to run at this time. On any other loop, such
    as a notebook's or that of a ``real_time`` test, it returns once all tasks were seen blocked for
    QUIET_TURNS turns of the loop; what a thread or the network brings later, nobody can know.
    """
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualTimeLoop):
        await loop.settled()
        return
    me = asyncio.current_task()
    assert me is not None
    _settling.add(me)
    try:
        quiet = 0
        while quiet < QUIET_TURNS:
            await asyncio.sleep(0)
            others = asyncio.all_tasks() - set(_settling)
            quiet = quiet + 1 if all(Wait(task).blocked for task in others) else 0
    finally:
        _settling.discard(me)

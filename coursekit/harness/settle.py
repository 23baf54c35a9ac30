"""Wait until all other tasks are blocked."""

from __future__ import annotations

import asyncio

from coursekit.harness.loop import VirtualTimeLoop


async def settle() -> None:
    """Return when every other task is blocked; no time passes in between.

    Blocked means that a task waits for a timer, a lock, a queue, a thread, the network ... and
    cannot go on before that: nothing is left to run at this time. Tasks that are in settle()
    themselves count as blocked, so several may settle at once.

    Raises RuntimeError on any other loop than a VirtualTimeLoop, such as a notebook's or that of a
    ``real_time`` test: what a thread or the network brings next, nobody can know there.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        raise RuntimeError(
            f"settle() works in virtual time only, and this loop is a {type(loop).__name__}: "
            "in a real_time test or a notebook's own cell, wait for an event instead"
        )
    await loop.settled()

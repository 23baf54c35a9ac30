"""Where other loops wait: here the clock jumps, the world outside is heard, or a verdict falls."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING

from coursekit.harness.deadlock import Deadlock
from coursekit.harness.outside import strangers

if TYPE_CHECKING:
    from coursekit.harness.loop import VirtualTimeLoop

# Seconds of real time between two looks at the threads that may wake us.
LOOK = 0.02


class Selector(selectors.DefaultSelector):
    """Asks the system at once; where others wait, it moves the clock or gives a verdict."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self._loop
        events = super().select(0)
        if events:
            loop._outside.heard()
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
        if loop._outside.expected():
            return self._listen()
        # A thread may have called and ended since we asked, or a pool not yet have begun its work.
        events = super().select(LOOK if strangers() else 0)
        if not events and not loop._outside.expected():
            loop._end(Deadlock, "nothing can ever wake this test")
        return events

    def _listen(self) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self._loop
        events = super().select(LOOK)
        if events:
            loop._outside.heard()
        elif loop._outside.silent():
            seconds = f"{loop._outside.PATIENCE:g} s"
            loop._end(Deadlock, f"nothing woke this test in {seconds} of real time")
        return events

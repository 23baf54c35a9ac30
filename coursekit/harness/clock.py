"""A clock that stands still until it is told to jump."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from functools import partial

# asyncio runs the timers that are due within the resolution of the monotonic clock, a nanosecond.
RESOLUTION = 1e-9


class VirtualClock:
    """Seconds since the loop was made, moving only from one appointment to the next.

    asyncio tells the selector how long to wait, and adding that to the present may miss the timer
    by a rounding error. The clock therefore keeps the exact times asked for: when a sleep ends,
    ``loop.time()`` is ``start + delay`` to the last bit.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._appointments: list[float] = []
        self._latest: dict[float, float] = {}

    def appoint(self, when: float) -> float:
        """Note an appointment; return the time to give to asyncio.

        Timers for one moment get times a rounding step apart: asyncio's heap is not stable, and
        they must fire in the order they were asked for.
        """
        latest = self._latest.get(when)
        if latest is None:
            heapq.heappush(self._appointments, when)
            self._latest[when] = when
            return when
        self._latest[when] = later = math.nextafter(latest, math.inf)
        return later

    def jump(self, seconds: float) -> Callable[[], None] | None:
        """Move to the appointment `seconds` ahead, give or take a rounding error.

        Beyond a hundred days a nanosecond is less than a rounding step, and asyncio would find the
        timer not due for ever. The clock then goes a step too far and returns a callback that
        puts it right, to be run before the timers.
        """
        target = self.now + seconds
        error = RESOLUTION + 4 * math.ulp(target)
        ahead = self._appointments
        while ahead and (ahead[0] <= self.now or ahead[0] < target - error):
            del self._latest[heapq.heappop(ahead)]
        self.now = ahead[0] if ahead and ahead[0] <= target + error else target
        if self.now + RESOLUTION > target:
            return None
        landing = partial(setattr, self, "now", self.now)
        self.now = target + 2 * math.ulp(target)
        return landing

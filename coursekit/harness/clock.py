"""A clock that stands still until it is told to jump."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from functools import partial

# asyncio runs timers due within the resolution of the monotonic clock, a nanosecond.
RESOLUTION = 1e-9


class VirtualClock:
    """Seconds since the loop was made; it moves only from one appointment to the next.

    asyncio hands the selector a *difference* of times, and adding that to the present may miss the timer by a
    rounding error. The clock therefore remembers the exact times asked for, so that ``loop.time()`` is exactly
    ``start + delay`` when a sleep ends.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._appointments: list[float] = []
        self._latest: dict[float, float] = {}

    def appoint(self, when: float) -> float:
        """Note an appointment; return the time to give to asyncio.

        Timers for the same moment get times a rounding step apart: asyncio's heap is not stable, and they must
        fire in the order they were asked for.
        """
        latest = self._latest.get(when)
        if latest is None:
            heapq.heappush(self._appointments, when)
            self._latest[when] = when
            return when
        self._latest[when] = later = math.nextafter(latest, math.inf)
        return later

    def jump(self, seconds: float) -> Callable[[], None] | None:
        """Move to the appointment that lies `seconds` ahead, give or take a rounding error.

        Beyond a hundred days a nanosecond is less than a rounding step, and asyncio would find its timer not due for
        ever: the clock then goes a little too far, and what is returned, called before the timers, puts it right.
        """
        target = self.now + seconds
        error = RESOLUTION + 4 * math.ulp(target)
        appointments = self._appointments
        while appointments and (appointments[0] <= self.now or appointments[0] < target - error):
            del self._latest[heapq.heappop(appointments)]
        near = appointments and appointments[0] <= target + error
        self.now = appointments[0] if near else target
        if self.now + RESOLUTION > target:
            return None
        landing = partial(setattr, self, "now", self.now)
        self.now = target + 2 * math.ulp(target)
        return landing

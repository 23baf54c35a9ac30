"""Where a moment stands along the bottom, and how it is written.

In virtual time many steps happen while the clock stands still, and their order is what matters.
So each step gets a little width of its own and the time between steps is drawn to scale beside it
(with a little added to every gap); the places where the clock stands still are known as `stills`.
While a thread works the virtual clock stands still too: its work gets a fixed width.
In real time a step has the width of its duration.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

from coursekit.timeline.record import Record, Segment


@dataclass(frozen=True)
class Still:
    """A stretch of the axis in which the clock stands still while several steps are taken."""

    left: float
    right: float
    time: float


class Scale:
    """Maps the record's times and steps to 0 .. `width`; a step takes at most `widest_step`."""

    def __init__(self, record: Record, width: float, widest_step: float) -> None:
        self.record = record
        self.width = width
        if record.stuck:  # room for the waits that have no end
            width *= 0.78
        self.duration = record.ended - record.began
        self._threads = _ends_of_threads(record)
        self._thread = min(widest_step * 9, width / 3 / max(len(self._threads), 1))
        width -= self._thread * len(self._threads)
        count = len(record.steps)
        if not record.virtual:
            self.step = 0.0
        elif self.duration > 0:
            self.step = min(widest_step, width / 2 / max(count, 1))
        else:
            self.step = min(widest_step * 6, width / max(count, 1))
        self._moments, self._places = self._grid(width - self.step * count)

    def span(self, segment: Segment) -> tuple[float, float]:
        """The left and right edge of a segment."""
        if not self.record.virtual:
            return self._linear(segment.began), self._linear(segment.ended)
        if segment.kind == "run":
            left = self.of_step(segment.after)
            return left, left + self.step
        left = self.of_step(segment.after) + self.step if segment.after >= 0 else 0.0
        right = self.of_step(segment.before)
        return left, max(left, right)

    def of_step(self, order: int) -> float:
        """The left edge of step `order`; the right end of the axis after the last step."""
        steps = self.record.steps
        if order >= len(steps) and self.record.stuck:
            return self.width
        time = steps[order] if order < len(steps) else self.record.ended
        order = min(order, len(steps))
        threads = bisect.bisect_right(self._threads, order)
        return self._linear(time) + self.step * order + self._thread * threads

    def of_time(self, time: float) -> float:
        """Where the clock comes to `time`."""
        order = bisect.bisect_left(self.record.steps, time)
        threads = bisect.bisect_left(self._threads, order)
        return self._linear(time) + self.step * order + self._thread * threads

    def _grid(self, rest: float) -> tuple[list[float], list[float]]:
        """The moments at which something happens, and their places without the steps' widths.

        In virtual time each gap between two moments gets a little extra: beside an hour's sleep a
        second's must not vanish.
        """
        record = self.record
        moments = sorted({record.began, *record.steps, record.ended}) if record.virtual else []
        moments = moments if len(moments) > 1 else [record.began, record.ended]
        gaps = len(moments) - 1
        extra = min(rest * 0.03, rest * 0.3 / gaps) if record.virtual and gaps > 1 else 0.0
        per_second = (rest - extra * gaps) / self.duration if self.duration > 0 else 0.0
        return moments, [
            (moment - record.began) * per_second + extra * index
            for index, moment in enumerate(moments)
        ]

    def _linear(self, time: float) -> float:
        if self.duration <= 0:
            return 0.0
        index = min(max(bisect.bisect_right(self._moments, time), 1), len(self._moments) - 1)
        left, right = self._moments[index - 1 : index + 1]
        share = min(max((time - left) / (right - left), 0.0), 1.0)
        return self._places[index - 1] + share * (self._places[index] - self._places[index - 1])

    def stills(self) -> list[Still]:
        """Where two steps or more share one moment of the clock."""
        found: list[Still] = []
        steps = self.record.steps
        first = 0
        for order in range(1, len(steps) + 1):
            if order == len(steps) or steps[order] != steps[first]:
                if self.record.virtual and order - first > 1:
                    left, right = self.of_step(first), self.of_step(order - 1) + self.step
                    found.append(Still(left, right, steps[first]))
                first = order
        return found

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """At most `most` round times as (position, text), from 0 on; the last text has the unit."""
        if self.duration <= 0:
            return [(0.0, "0 s")]
        unit, factor = unit_of(self.duration)
        total = self.duration * factor
        size = 10 ** math.floor(math.log10(total / most))
        size *= next(step for step in (1, 2, 5, 10, 20) if total / (size * step) <= most)
        values = [index * size for index in range(int(total / size + 1e-9) + 1)]
        texts = [f"{value:.10g}" for value in values]
        texts[-1] += f" {unit}"
        begin = self.record.began
        return [
            (self.of_time(begin + value / factor), text)
            for value, text in zip(values, texts, strict=True)
        ]


def _ends_of_threads(record: Record) -> list[int]:
    """The steps before which a thread worked while the virtual clock stood still."""
    segments = [segment for line in record.lines for segment in line.segments]
    return sorted(
        {
            segment.before
            for segment in segments
            if record.virtual and segment.kind == "thread" and segment.began == segment.ended
        }
    )


def unit_of(duration: float) -> tuple[str, float]:
    """The unit in which a duration in seconds reads well, and how many of it are a second."""
    if duration >= 1 or duration <= 0:
        return "s", 1
    return ("ms", 1e3) if duration >= 1e-3 else ("µs", 1e6)


def written(duration: float) -> str:
    """A duration in seconds as a reader wants it: `2 s`, `0.3 s`, `12.5 ms`."""
    unit, factor = unit_of(duration) if duration < 0.01 else ("s", 1)
    return f"{duration * factor:.4g} {unit}" if duration < 1000 else f"{duration:.10g} s"

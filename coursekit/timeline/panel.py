"""One drawn run: its title, its record, and where it parts from another run."""

from __future__ import annotations

from typing import NamedTuple

from coursekit.timeline.record import Record


class Panel(NamedTuple):
    """A title and a record; `parts` is the first step at which another schedule went elsewhere."""

    title: str
    record: Record
    parts: int | None = None


def order_of(record: Record) -> list[str]:
    """Which line took each step, in order."""
    names = [""] * len(record.steps)
    for line in record.lines:
        for segment in line.segments:
            if segment.kind == "run":
                names[segment.after] = line.name
    return names


def part(first: Record, second: Record) -> int | None:
    """The first step that the two runs give to different tasks; None when there is none."""
    pairs = zip(order_of(first), order_of(second), strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), None)

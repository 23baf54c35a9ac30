"""The words that the drawing and the block characters share."""

from __future__ import annotations

import textwrap

from coursekit.timeline.axis import written
from coursekit.timeline.columns import plain
from coursekit.timeline.fold import Span
from coursekit.timeline.kinds import LOOKS
from coursekit.timeline.record import Record, Segment

_WIDTH = 80
_TASKS = ("task", "gather", "TaskGroup", "wait", "wait_for", "shield")


def heading(record: Record, title: str) -> str:
    """The first line: the title, how many tasks, how long, on which clock."""
    count = len(record.lines)
    clock = "virtual" if record.virtual else "real"
    told = f"{count} task{'s' * (count != 1)}, {written(record.ended - record.began)} {clock} time"
    told += " (only the first steps)" if record.cut_short else ""
    return f"{plain(title)}: {told}" if title else told


def left_out(count: int) -> str:
    """What stands in place of the rows that are not drawn."""
    return f"+{count} task{'s' * (count != 1)} more"


def stuck_lines(record: Record, width: int = _WIDTH) -> list[str]:
    """A deadlock in words, in lines of at most `width`: who waits for what, and who holds it."""
    if not record.stuck:
        return []
    out = ["deadlock: nothing can wake these tasks"]
    for entry in record.stuck:
        text = f"{plain(record.lines[entry.line].name)} waits in {entry.label}"
        what = entry.what.removesuffix(f".{entry.label.rsplit('.', 1)[-1]}")
        text += f" {plain(what)}" if what and what != entry.label else ""
        text += f" ({entry.place})" if entry.place else ""
        behind = ", ".join(
            "itself" if index == entry.line else plain(record.lines[index].name)
            for index in entry.behind
        )
        if behind:
            text += f": {'needs' if entry.label in _TASKS else 'held by'} {behind}"
        elif entry.reason:
            text += f": {entry.reason}"
        out += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")
    return out


def labels(span: Span) -> list[str]:
    """What may be written into a span, the most telling first."""
    if span.merged > 1 or span.kind in ("run", "ready"):
        return []
    return labels_of(span.segment)


def labels_of(segment: Segment) -> list[str]:
    """What a wait may be called, the most telling first."""
    names = [segment.label, segment.label.rsplit(".", 1)[-1]]
    if segment.what and segment.kind in ("sync", "queue"):
        names.insert(0, f"{segment.label} {segment.what.removesuffix(f'.{names[1]}')}")
    elif segment.what and segment.kind in ("task", "other"):
        names.insert(0, segment.what)  # `await job` says more than "task"
    return [plain(name) for name in names if name]


def tooltip(span: Span, zero: float) -> str:
    """What one segment is, in words: what is awaited, where, and when."""
    segment = span.segment
    if span.merged > 1:
        return f"{span.merged} short steps"
    told = segment.label or LOOKS[segment.kind].phrase
    told += f" {plain(segment.what)}" if segment.what else ""
    told += f" ({segment.place})" if segment.place else ""
    return f"{told}, {written(segment.began - zero)} to {written(segment.ended - zero)}"

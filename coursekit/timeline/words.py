"""The picture in sentences, for a screen reader."""

from __future__ import annotations

from coursekit.timeline.axis import written
from coursekit.timeline.columns import plain
from coursekit.timeline.kinds import END_SIGNS, LOOKS
from coursekit.timeline.panel import Panel, order_of
from coursekit.timeline.phrases import heading, labels_of, stuck_lines
from coursekit.timeline.record import Line

_MOST_LINES = 30
_MOST_WAITS = 8
_MOST_STEPS = 40
_NO_BREAK = 10_000


def tell(panel: Panel) -> str:
    """How many tasks, what each waited for and when, how each ended, and any deadlock."""
    title, record, parts = panel
    told = [heading(record, title) + "."]
    told += [_line(line, record.began) for line in record.lines[:_MOST_LINES]]
    if len(record.lines) > _MOST_LINES:
        told.append(f"{len(record.lines) - _MOST_LINES} tasks more.")
    told += [text.strip() + "." for text in stuck_lines(record, _NO_BREAK)]
    if record.ended == record.began or parts is not None:
        order = [plain(name) for name in order_of(record)]
        more = ["and so on"] if len(order) > _MOST_STEPS else []
        told.append(f"The steps in their order: {', '.join(order[:_MOST_STEPS] + more)}.")
    if parts is not None and parts < len(record.steps):
        told.append(f"The schedules part at step {parts + 1}.")
    return " ".join(told)


def _line(line: Line, zero: float) -> str:
    waits = [one for one in line.segments if one.kind not in ("run", "ready")]
    lasting = [one for one in waits if one.ended > one.began or one.kind == "thread"]
    waits = lasting or waits
    told = []
    for segment in waits[:_MOST_WAITS]:
        label = next(iter(labels_of(segment)), LOOKS[segment.kind].phrase)
        span = f"{written(segment.began - zero)} to {written(segment.ended - zero)}"
        told.append(f"{label} {span}")
    if len(waits) > _MOST_WAITS:
        told.append(f"{len(waits) - _MOST_WAITS} waits more")
    told += [f"a cancellation comes at {written(at - zero)}" for at in line.cancelled_at]
    end = END_SIGNS[line.outcome.how][1]
    last = line.segments[-1].ended if line.segments else line.created_at
    if line.outcome.how == "cancelled":
        end = "ends cancelled"
    elif line.outcome.error:
        end = f"ends with {line.outcome.error}"
    if line.outcome.how not in ("waiting", "stuck"):
        end += f" at {written(last - zero)}"
    return f"{plain(line.name)}: {', '.join([*told, end])}."

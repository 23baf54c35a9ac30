"""Make a long record small enough to read: merge thin segments, leave out rows beyond a limit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from coursekit.timeline.axis import Scale
from coursekit.timeline.kinds import Kind
from coursekit.timeline.record import Line, Record, Segment


@dataclass(frozen=True)
class Span:
    """A drawn stretch of a row: one segment, or `merged` ones that were too thin to draw."""

    kind: Kind
    left: float
    right: float
    segment: Segment
    merged: int = 1


def rows_to_draw(record: Record, most: int) -> list[int]:
    """Which rows to draw, at most `most`: the ones that went wrong first, then the earliest."""
    order = range(len(record.lines))
    by_interest = sorted(
        order, key=lambda index: (record.lines[index].outcome.how in _PLAIN, index)
    )
    return sorted(by_interest[:most])


_PLAIN = ("returned", "waiting", "closed")


def spans(line: Line, scale: Scale, least: float) -> list[Span]:
    """The row's segments as drawn; no span but a single step is thinner than `least`."""
    drawn: list[Span] = []
    thin: list[Span] = []
    for segment in line.segments:
        left, right = scale.span(segment)
        span = Span(segment.kind, left, right, segment)
        if right - left >= least:
            drawn += _merged(thin, least)
            thin = []
            drawn.append(span)
        elif right > left or segment.kind == "run":
            thin.append(span)
            if right - thin[0].left >= least:
                drawn += _merged(thin, least)
                thin = []
    return drawn + _merged(thin, least)


def _merged(thin: list[Span], least: float) -> list[Span]:
    if not thin:
        return []
    left, right = thin[0].left, thin[-1].right
    if len(thin) == 1 or right - left < least:
        return [Span("run", left, right, thin[0].segment, len(thin))]
    shares: defaultdict[Kind, float] = defaultdict(float)
    for span in thin:
        if span.kind != "run":
            shares[span.kind] += span.right - span.left
    kind, share = max(shares.items(), key=lambda item: item[1], default=("run", right - left))
    if share < 0.6 * sum(shares.values()):
        kind = "many"
    return [Span(kind, left, right, thin[0].segment, len(thin))]

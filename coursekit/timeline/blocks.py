"""The picture in block characters, at most 80 columns wide: for a terminal and for text outputs."""

from __future__ import annotations

import textwrap

from coursekit.timeline.axis import Scale
from coursekit.timeline.columns import columns, fit, plain
from coursekit.timeline.fold import rows_to_draw, spans
from coursekit.timeline.kinds import END_SIGNS, LOOKS, START_SIGN
from coursekit.timeline.panel import Panel
from coursekit.timeline.phrases import heading, labels, left_out, stuck_lines
from coursekit.timeline.record import Line, Record

WIDTH = 80
MOST_ROWS = 64
_WIDEST_NAME = 18
_WIDEST_ERROR = 18
_STEP = "│"
_WAITS = {look.block for look in LOOKS.values()}


def draw(panel: Panel) -> str:
    """The whole picture, title to legend, without a newline at the end."""
    title, record, parts = panel
    kept = rows_to_draw(record, MOST_ROWS)
    lines = [record.lines[index] for index in kept]
    gutter = max([4, *(min(_WIDEST_NAME, columns(plain(line.name))) for line in lines)])
    width = WIDTH - gutter - 4
    scale = _fitting(record, lines, width)
    width = int(scale.width)
    used: set[str] = set()
    body = [
        f"{fit(plain(line.name), gutter)} {_row(line, scale, width, used)}".rstrip()
        for line in lines
    ]
    if len(kept) < len(record.lines):
        body.append(left_out(len(record.lines) - len(kept)))
    out = textwrap.wrap(heading(record, title), WIDTH)
    if parts is not None:
        at = round(scale.of_step(parts))
        out.append(f"{' ' * (gutter + 2 + at)}▼ here the schedules part"[:WIDTH])
    out += [*body, *_bottom(scale, gutter, width)]
    out += textwrap.wrap(_legend(lines, used), WIDTH)
    out += stuck_lines(record)
    return "\n".join(out)


def _fitting(record: Record, lines: list[Line], room: int) -> Scale:
    """The widest scale within the room that leaves place for the names of exceptions."""
    failed = [line for line in lines if line.outcome.error and line.segments]
    width = room
    while True:
        scale = Scale(record, width, 1)
        ends = [
            round(scale.span(line.segments[-1])[1]) + min(len(line.outcome.error), _WIDEST_ERROR)
            for line in failed
        ]
        excess = max(ends, default=0) - room
        if excess <= 0 or width <= room // 2:
            return scale
        width -= excess


def _row(line: Line, scale: Scale, width: int, used: set[str]) -> str:
    cells = [" "] * (width + 2 + _WIDEST_ERROR)
    ticks: list[int] = []
    drawn = spans(line, scale, 1.0)
    ticked = scale.step > 0.3 or not scale.record.virtual
    for span in drawn:
        left, right = round(span.left), round(span.right)
        if span.kind == "run" and right - left <= 1:
            ticks.append(left)
            continue
        used.add(span.kind)
        for at in range(left, min(right, width)):
            cells[at] = LOOKS[span.kind].block
        if span.kind == "run" and scale.record.virtual:
            cells[left] = "▐"  # two steps in a row stay two
        for label in labels(span):
            if columns(label) + (not ticked) <= right - left:
                _write(cells, left, label)
                break
    for at in ticks:
        if ticked and (cells[at] == " " or scale.step >= 0.99):
            used.add("tick")
            cells[at] = _STEP
        elif cells[at] == " ":  # no room to show the step: no gap either
            beside = {cells[at - 1], cells[at + 1]} & _WAITS
            cells[at] = min(beside, default=" ")
    for order in line.cancels_outlived:
        cells[round(scale.of_step(order))] = "⊘"
    end = round(drawn[-1].right) if drawn else 0
    sign = END_SIGNS[line.outcome.how][0]
    _write(cells, end, fit(f"{sign} {line.outcome.error}", _WIDEST_ERROR + 2).rstrip())
    if not drawn or round(drawn[0].left) == 0:
        return START_SIGN[0] + "".join(cells)
    cells[round(drawn[0].left) - 1] = START_SIGN[0]
    return " " + "".join(cells)


def _write(cells: list[str], left: int, text: str) -> None:
    """Put `text` into the cells; a wide character takes two, the second of them empty."""
    at = left
    for character in text:
        size = columns(character)
        cells[at] = character if size else cells[at] + character
        if size == 2:
            cells[at + 1] = ""
        at += size


def _bottom(scale: Scale, gutter: int, width: int) -> list[str]:
    rule, numbers = ["─"] * (width + 1), [" "] * (width + 8)
    free = 0
    for position, text in scale.ticks(6):
        at = round(position)
        rule[min(at, width)] = "┴"
        left = max(0, min(at, width + 2 - len(text)))
        if left >= free:
            numbers[left : left + len(text)] = text
            free = left + len(text) + 1
    pad = " " * (gutter + 2)
    return [pad + "".join(rule), (pad + "".join(numbers)).rstrip()]


def _legend(lines: list[Line], used: set[str]) -> str:
    parts = [" ".join(START_SIGN), *([f"{_STEP} a step"] if "tick" in used else [])]
    parts += [f"{look.block} {look.phrase}" for kind, look in LOOKS.items() if kind in used]
    ends = {line.outcome.how for line in lines}
    if any(line.cancels for line in lines):
        ends.add("cancelled")
    parts += [f"{sign} {phrase}" for how, (sign, phrase) in END_SIGNS.items() if how in ends]
    return "  ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)

"""The picture in block characters, at most 80 columns wide: for a terminal and for text outputs."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable

from coursekit.timeline.axis import Scale, written
from coursekit.timeline.fold import Span, rows_to_draw, spans
from coursekit.timeline.kinds import END_SIGNS, LOOKS
from coursekit.timeline.panel import Panel
from coursekit.timeline.record import Line, Record

WIDTH = 80
MOST_ROWS = 60
_WIDEST_NAME = 18
_STEP = "│"


def draw(panel: Panel) -> str:
    """The whole picture, title to legend, without a newline at the end."""
    title, record, parts = panel
    kept = rows_to_draw(record, MOST_ROWS)
    lines = [record.lines[index] for index in kept]
    gutter = max([4, *(min(_WIDEST_NAME, columns(plain(line.name))) for line in lines)])
    width = WIDTH - gutter - 3
    scale = Scale(record, width, 1)
    used: set[str] = set()
    body = [
        f"{fit(plain(line.name), gutter)} {_row(line, scale, width, used)}".rstrip()
        for line in lines
    ]
    if len(kept) < len(record.lines):
        body.append(f"+{len(record.lines) - len(kept)} tasks more")
    out = textwrap.wrap(heading(record, title), WIDTH)
    if parts is not None:
        at = round(scale.of_step(parts))
        out.append(f"{' ' * (gutter + 1 + at)}▼ here the schedules part"[:WIDTH])
    out += [*body, *_bottom(scale, gutter, width)]
    out += textwrap.wrap(_legend(lines, used), WIDTH)
    out += stuck_lines(record)
    return "\n".join(out)


def heading(record: Record, title: str) -> str:
    """The first line: the title, how many tasks, how long, on which clock."""
    count = len(record.lines)
    clock = "virtual" if record.virtual else "real"
    told = f"{count} task{'s' * (count != 1)}, {written(record.ended - record.began)} {clock} time"
    told += " (only the first steps)" if record.cut_short else ""
    return f"{plain(title)}: {told}" if title else told


def stuck_lines(record: Record) -> list[str]:
    """A deadlock in words: who waits for what, and who holds it."""
    if not record.stuck:
        return []
    out = ["deadlock: nothing can wake these tasks"]
    for entry in record.stuck:
        text = f"{plain(record.lines[entry.line].name)} waits in {entry.label}"
        if entry.what and entry.what.rsplit(".", 1)[-1] != entry.label:
            text += f" {plain(entry.what)}"
        text += f" ({entry.place})" if entry.place else ""
        behind = ", ".join(plain(record.lines[index].name) for index in entry.behind)
        if behind:
            text += f": {'needs' if entry.label in _TASKS else 'held by'} {behind}"
        elif entry.reason:
            text += f": {entry.reason}"
        out += textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
    return out


_TASKS = ("task", "gather", "TaskGroup", "wait", "wait_for")


def labels(span: Span) -> Iterable[str]:
    """What may be written into a span, the most telling first."""
    segment = span.segment
    if span.merged > 1 or span.kind in ("run", "ready"):
        return ()
    names = [segment.label, segment.label.rsplit(".", 1)[-1]]
    if segment.what and segment.kind in ("sync", "queue"):
        owner = segment.what
        verb = f".{names[1]}"
        names.insert(0, f"{segment.label} {owner.removesuffix(verb)}")
    elif segment.what and segment.kind in ("task", "other"):
        names.insert(0, segment.what)  # `await job` says more than "task"
    return [plain(name) for name in names]


def _row(line: Line, scale: Scale, width: int, used: set[str]) -> str:
    cells = [" "] * (width + 2)
    ticks: list[int] = []
    drawn = spans(line, scale, 1.0)
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
            if columns(label) <= right - left:
                _write(cells, left, label)
                break
    if ticks and (scale.step > 0.3 or not scale.record.virtual):
        used.add("tick")
        for at in ticks:
            if cells[at] == " " or scale.step >= 0.99:
                cells[at] = _STEP
    for order in line.cancels_outlived:
        cells[round(scale.of_step(order))] = "⊘"
    end = round(drawn[-1].right) if drawn else 0
    sign = END_SIGNS[line.outcome.how][0]
    _write(cells, end, f"{sign} {line.outcome.error}"[: width + 2 - end])
    return "".join(cells)


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
    pad = " " * (gutter + 1)
    return [pad + "".join(rule), (pad + "".join(numbers)).rstrip()]


def _legend(lines: list[Line], used: set[str]) -> str:
    parts = [f"{_STEP} a step"] if "tick" in used else []
    parts += [f"{look.block} {look.phrase}" for kind, look in LOOKS.items() if kind in used]
    ends = {line.outcome.how for line in lines}
    if any(line.cancels for line in lines):
        ends.add("cancelled")
    parts += [f"{sign} {phrase}" for how, (sign, phrase) in END_SIGNS.items() if how in ends]
    return "  ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def plain(name: str) -> str:
    """A name without line breaks and other characters that do not print."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fit(text: str, width: int) -> str:
    """The text in exactly `width` columns, cut with an ellipsis when it is longer."""
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - columns(text))

"""The picture as SVG text: it scales to its place and takes the colours of the page it is on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html import escape

from coursekit.timeline import marks
from coursekit.timeline.axis import Scale
from coursekit.timeline.columns import breadth, cut_to, plain
from coursekit.timeline.fold import Span, rows_to_draw, spans
from coursekit.timeline.kinds import END_SIGNS, LOOKS, START_SIGN, How, Kind
from coursekit.timeline.panel import Panel
from coursekit.timeline.phrases import heading, labels, left_out, stuck_lines, tooltip
from coursekit.timeline.record import Line
from coursekit.timeline.style import CLASS, patterns, style

WIDTH = 960
MOST_ROWS = 64
_MOST_SPANS = 2400
_LETTER, _SMALL, _SMALLEST = 13, 12, 11  # the heights of letters
_RIGHT = 145  # room for the name of an exception
_WIDEST_NAME = 170


def draw(panels: Sequence[Panel], words: str) -> str:
    """One panel above the other; `words` say the same to a screen reader."""
    body: list[str] = []
    used: set[Kind] = set()
    ends: set[How] = set()
    top = 0.0
    for panel in panels:
        drawing = _Drawing(panel, top)
        body += drawing.parts
        used |= drawing.used
        ends |= drawing.ends
        top = drawing.bottom + 14
    legend, height = _legend(used, ends, top)
    body += legend
    name = "; ".join(heading(panel.record, panel.title) for panel in panels)
    key = "ck" + hashlib.sha256("".join([words, *body]).encode()).hexdigest()[:8]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" viewBox="0 0 {WIDTH} {height:.0f}"'
        f' width="100%" role="img" tabindex="0" aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(name)}</title>'
        f'<desc id="{key}-desc">{escape(words)}</desc>'
        f"<style>{style(key, used)}</style><defs>{patterns(key, used)}</defs>{''.join(body)}</svg>"
    )


class _Drawing:
    """One panel drawn from `top` down."""

    def __init__(self, panel: Panel, top: float) -> None:
        title, record, parts = panel
        self.record = record
        self.parts: list[str] = []
        self.used: set[Kind] = set()
        kept = rows_to_draw(record, MOST_ROWS)
        self.lines = {index: record.lines[index] for index in kept}
        self.ends = {line.outcome.how for line in self.lines.values()}
        if any(line.cancels_outlived for line in self.lines.values()):
            self.ends.add("cancelled")
        self.dense = len(kept) > 24
        self.row = 17 if self.dense else 26
        widest = max([30, *(breadth(plain(line.name), _LETTER) for line in self.lines.values())])
        self.left = min(widest, _WIDEST_NAME) + 15
        self.scale = Scale(record, WIDTH - self.left - _RIGHT, 9)
        self.top = top + (30 if parts is None else 46)
        self.foot = self.top + self.row * len(kept)
        head = heading(record, title)
        self.parts.append(marks.text(0, top + 16, cut_to(head, _LETTER * 1.1, WIDTH), "b", head))
        self._axis(parts)
        self.places = {}
        spans_of = self._spans()
        for at, (index, line) in enumerate(self.lines.items()):
            self.places[index] = self.top + self.row * at
            self._line(line, spans_of[index], self.places[index])
        self.bottom = self.foot + 22
        if len(kept) < len(record.lines):
            more = left_out(len(record.lines) - len(kept))
            self.parts.append(marks.text(0, self.bottom + 12, more, ""))
            self.bottom += 20
        self._stuck()

    def _spans(self) -> dict[int, list[Span]]:
        least = 3.0
        while True:
            drawn = {index: spans(line, self.scale, least) for index, line in self.lines.items()}
            if sum(map(len, drawn.values())) <= _MOST_SPANS:
                return drawn
            least *= 1.5

    def _axis(self, parts: int | None) -> None:
        for still in self.scale.stills():
            if still.right - still.left > 3:
                width, height = still.right - still.left, self.foot - self.top
                shape = marks.box(self.left + still.left, self.top, width, height)
                self.parts.append(f'<path class="f" d="{shape}"/>')
        if parts is not None:
            x = self.left + self.scale.of_step(parts)
            self.parts.append(f'<path class="w" d="M{x:.1f} {self.top - 16}V{self.foot + 4}"/>')
            self.parts.append(marks.text(x + 5, self.top - 4, "here the schedules part", "n"))
        free = 0.0
        for position, text in self.scale.ticks(8):
            x = self.left + position
            self.parts.append(f'<path class="g" d="M{x:.1f} {self.top}V{self.foot + 4}"/>')
            half = breadth(text, _SMALL) / 2
            if x - half > free:
                self.parts.append(marks.text(x, self.foot + 17, text, "n c"))
                free = x + half + 4

    def _line(self, line: Line, drawn: list[Span], y: float) -> None:
        box, middle = self.row - (4 if self.dense else 7), y + self.row / 2
        name = plain(line.name)
        shown = cut_to(name, _LETTER, _WIDEST_NAME)
        self.parts.append(marks.text(self.left - 11, middle + 4.5, shown, "e", name))
        self.parts.append(marks.start(self.left + (drawn[0].left if drawn else 0.0), middle))
        for span in drawn:
            self._span(span, y + (self.row - box) / 2, box)
        for order in line.cancels_outlived:
            self.parts.append(marks.cancel(self.left + self.scale.of_step(order) - 7, middle))
        end = self.left + (drawn[-1].right if drawn else 0.0)
        self._sign(line.outcome.how, end + 12, middle, line.outcome.error)

    def _span(self, span: Span, y: float, height: float) -> None:
        self.used.add(span.kind)
        x, width = self.left + span.left, max(span.right - span.left - 0.6, 1.2)
        if span.kind == "ready":
            middle = y + height / 2
            self.parts.append(f'<path class="y" d="M{x:.1f} {middle:.1f}h{width:.1f}"/>')
            return
        mark = CLASS[span.kind]
        shape = marks.box(x, y, width, height)
        if span.kind == "run" and span.merged == 1 and self.record.virtual:
            self.parts.append(f'<path class="r" d="{shape}"/>')
            return
        told = f"<title>{escape(tooltip(span, self.record.began))}</title>"
        self.parts.append(f'<path class="{mark}" d="{shape}">{told}</path>')
        letter, fine = (_SMALLEST, " i") if self.dense else (_LETTER, "")
        for label in labels(span):
            if breadth(label, letter) + 8 <= width:
                low = y + height / 2 + (4 if self.dense else 4.5)
                self.parts.append(marks.text(x + 5, low, label, mark + fine))
                return

    def _sign(self, how: How, x: float, y: float, note: str) -> None:
        self.parts.append(marks.shape(how, x, y))
        if note:
            short = cut_to(note, _LETTER, WIDTH - x - 9)
            self.parts.append(marks.text(x + 9, y + 4.5, short, "", note))

    def _stuck(self) -> None:
        right = WIDTH - _RIGHT + 22
        for entry in self.record.stuck:
            for other in entry.behind:
                if entry.line != other and {entry.line, other} <= self.places.keys():
                    a, b = (self.places[at] + self.row / 2 for at in (entry.line, other))
                    bend = right + 20 + abs(b - a) * 0.6
                    b += 4 if a > b else -4
                    self.parts.append(
                        f'<path class="w" d="M{right} {a}C{bend} {a} {bend} {b} {right + 3} {b}"/>'
                        f'<path class="r" d="M{right} {b}l8 -4v8z"/>'
                    )
        for text in stuck_lines(self.record):
            indent = len(text) - len(text.lstrip())
            self.parts.append(marks.text(indent * 6, self.bottom + 14, text.strip(), ""))
            self.bottom += 18


def _legend(used: set[Kind], ends: set[How], top: float) -> tuple[list[str], float]:
    parts: list[str] = []
    x, y = 0.0, top + 6

    def place(phrase: str) -> tuple[float, float]:
        nonlocal x, y
        needed = 30 + breadth(phrase, _SMALL) + 12
        if x + needed > WIDTH:
            x, y = 0.0, y + 20
        at, x = x, x + needed
        parts.append(marks.text(at + 29, y + 4, phrase, "n"))
        return at, y

    for kind, look in LOOKS.items():
        if kind in used:
            parts.append(_sample(kind, *place(look.phrase)))
    left, middle = place(START_SIGN[1])
    parts.append(marks.start(left + 15, middle))
    for how, (_, phrase) in END_SIGNS.items():
        if how in ends:
            left, middle = place(phrase)
            parts.append(marks.shape(how, left + 12, middle))
    return parts, y + 16


def _sample(key: Kind, x: float, y: float) -> str:
    if key == "ready":
        return f'<path class="y" d="M{x + 1:.0f} {y:.0f}h22"/>'
    place = marks.box(x + 10, y - 7, 6, 14) if key == "run" else marks.box(x + 1, y - 7, 22, 14)
    return f'<path class="{CLASS[key]}" d="{place}"/>'

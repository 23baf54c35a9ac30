"""What a task may be doing: the kinds of segments, each with its sign in text and look in SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["returned", "raised", "cancelled", "closed", "waiting", "stuck"]
Kind = Literal["run", "ready", "sleep", "sync", "queue", "task", "thread", "other", "many"]


@dataclass(frozen=True)
class Look:
    """How one kind is drawn: a block character, a fill, the ink of its pattern, a phrase."""

    block: str
    fill: str
    pattern: str
    phrase: str


# Dark ink on light fills, so that a label inside a segment is as readable in the dark theme as
# in the light one; the pattern, not the colour, is what tells two kinds apart.
INK = "#16191d"
LINE = "#5c6670"

LOOKS: dict[Kind, Look] = {
    "run": Look("█", "#39424e", "solid", "runs"),
    "ready": Look("─", "#ffffff", "thin", "is ready, waits for its turn"),
    "sleep": Look("░", "#dbe9f6", "dots", "sleeps"),
    "sync": Look("▒", "#ffdf9e", "slanted", "waits for a lock, event or other primitive"),
    "queue": Look("▚", "#bfe8d4", "chequered", "waits for a queue"),
    "task": Look("═", "#e3d5f2", "lines", "waits for another task"),
    "thread": Look("▄", "#f6c9c2", "half", "waits for a thread"),
    "other": Look("┄", "#e4e4e0", "dashes", "waits for something else"),
    "many": Look("▓", "#c9ced4", "grid", "many short steps"),
}

START_SIGN = ("▷", "starts")
END_SIGNS: dict[How, tuple[str, str]] = {
    "returned": ("■", "ends"),
    "raised": ("✗", "ends with an exception"),
    "cancelled": ("⊘", "cancellation"),
    "closed": ("□", "is thrown away"),
    "waiting": ("…", "is not finished"),
    "stuck": ("∞", "waits for ever"),
}

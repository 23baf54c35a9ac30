"""Says why a test failed in a few lines that mean the same on every machine."""

from __future__ import annotations

import linecache
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

LONGEST_LINE = 160
MOST_LINES = 14
MOST_NOTES = 12  # the story that Hypothesis tells of a failing example

EARLIER = "earlier cell"
"""What earlier cells define is collected in a module, whose lines mean nothing to a reader."""

_USE_V = re.compile(r",? *use '?-vv?'? to (?:show|get more diff|get the full diff)", re.IGNORECASE)
"""pytest's advice to ask for more, which these tests have no way to do."""


class Describer:
    """Describes failures of the test module at `cell`, which the reader knows as `shown`."""

    def __init__(self, root: Path, cell: Path, shown: str) -> None:
        self.root = root
        self.cell = cell
        self.shown = shown

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Return a failure as data: its `type`, `at` (say "cell:8") and `text`, the lines to show.

        Only the learner's own lines and those of the project are named; paths and addresses are
        not.
        """
        frames = list(self._own_frames(error.__traceback__))
        text = [
            line
            for place, function, code, _ in frames
            for line in (f"{place} in {function}", f"    {code}")
        ]
        text += [f"E   {line}" for line in self._message(error)]
        text = [self.tidy(line) for line in text]
        own = [place for place, _, _, is_own in frames if is_own]
        # A report without a traceback of its own, such as that of a deadlock, names the line in
        # its words.
        own = own or re.findall(rf"\b{re.escape(self.shown)}:\d+", "\n".join(text))[:1]
        text = shorten(text) + [f"E   {self.tidy(line)}" for line in _notes(error)[:MOST_NOTES]]
        return {"type": type(error).__name__, "at": own[-1] if own else "", "text": text}

    def _own_frames(self, traceback: TracebackType | None) -> Iterator[tuple[str, str, str, bool]]:
        while traceback is not None:
            code, line = traceback.tb_frame.f_code, traceback.tb_lineno
            path = Path(code.co_filename)
            place = self._place(path, line)
            if place and not traceback.tb_frame.f_locals.get("__tracebackhide__", False):
                source = linecache.getline(str(path), line).strip()
                yield place, code.co_name, source, path == self.cell
            traceback = traceback.tb_next

    def _place(self, path: Path, line: int) -> str:
        if path == self.cell:
            return f"{self.shown}:{line}"
        if path.parent == self.cell.parent:
            return EARLIER
        is_own = path.is_relative_to(self.root) and not _is_tool(path)
        return f"{path.name}:{line}" if is_own else ""

    def _message(self, error: BaseException, depth: int = 0) -> list[str]:
        lines = [_USE_V.sub("", line) for line in _words(error)]
        lines = [line for line in lines if line.strip()]
        if isinstance(error, BaseExceptionGroup) and depth < 2:
            for inner in error.exceptions:
                first, *rest = self._message(inner, depth + 1) or [type(inner).__name__]
                places = [place for place, *_ in self._own_frames(inner.__traceback__)]
                place = f"  ({places[-1]})" if places else ""
                lines += [f"    {line}" for line in (f"{first}{place}", *rest)]
        return lines

    def tidy(self, line: str) -> str:
        """Return a line without memory addresses, temporary folders or the copied cell's name."""
        line = re.sub(r" at 0x[0-9a-fA-F]+", "", line)
        line = re.sub(r"\bearlier_cells\.py:\d+", EARLIER, line)
        line = line.replace(str(self.cell), self.shown).replace("cell.py", self.shown)
        line = line.replace(tempfile.gettempdir(), "<tmp>")
        line = re.sub(r"(?:/[\w.@+-]+)+/(?=[\w.-]+\.py)", "", line)
        return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _is_tool(path: Path) -> bool:
    # A virtual environment and the kit itself may lie inside the project.
    return "site-packages" in path.parts or path.is_relative_to(Path(__file__).parents[1])


def _words(error: BaseException) -> list[str]:
    name, text = type(error).__name__, str(error)
    if name == "FixtureLookupError":
        name, text = "Failed", f"fixture {getattr(error, 'argname', '')!r} not found"
    elif isinstance(error, MemoryError) and not text:
        text = "the test took more memory than a test may have"
    speaks_for_itself = name == "AssertionError" and text.startswith("assert ")
    if speaks_for_itself or name == "Failed" or text.startswith(name):
        return text.splitlines()
    return f"{name}: {text}".removesuffix(": ").splitlines()


def _notes(error: BaseException) -> list[str]:
    notes: list[str] = getattr(error, "__notes__", [])
    return [line for note in notes for line in note.splitlines() if line.strip()]


def shorten(lines: list[str]) -> list[str]:
    """Return at most MOST_LINES lines: the first, the last, and how many are left out."""
    if len(lines) <= MOST_LINES:
        return lines
    head, tail = MOST_LINES // 2, MOST_LINES // 2 - 1
    return [*lines[:head], f"… {len(lines) - head - tail} lines more …", *lines[-tail:]]

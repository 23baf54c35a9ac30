"""Where tasks stand, in words that are the same in every run: no addresses, no machine paths."""

from __future__ import annotations

import asyncio
import re
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from coursekit.harness.waits import Wait, closes_a_generator, hidden_behind

_LIBRARIES = {Path(sysconfig.get_path(kind)) for kind in ("stdlib", "purelib", "platlib")}
_LIBRARIES.add(Path(__file__).parent)
_NUMBERED = re.compile(r"Task-(\d+)")


def describe(tasks: Iterable[asyncio.Task[Any]], main: asyncio.Future[Any] | None = None) -> str:
    """One paragraph a task, the main task first: its lines, what it awaits and who holds that."""
    waits = [Wait(task) for task in tasks]
    waits.sort(key=lambda wait: (wait.task is not main, in_order(wait.task)))
    names = _names(waits, main)
    lines: list[str] = []
    for wait in waits:
        first, *more = _places(wait)
        lines.append(f"  {names[wait.task]}: {first}")
        lines.extend(f"    -> {place}" for place in more)
        lines.append(f"    {_reason(wait, waits, names)}")
    return "\n".join(lines)


def line_of(place: traceback.FrameSummary) -> str:
    """`file.py:12 in function: source line`; a notebook's cell is called `cell`."""
    path = Path(place.filename)
    name = "cell" if path.parent.name.startswith("ipykernel_") else path.name
    return f"{name}:{place.lineno} in {place.name}" + (f": {place.line}" if place.line else "")


def error_line(error: BaseException) -> str | None:
    """The innermost line of an error's traceback that is not a library's."""
    own = [p for p in traceback.extract_tb(error.__traceback__) if not _is_library(p.filename)]
    return line_of(own[-1]) if own else None


def origin_line(coroutine: object) -> str | None:
    """The line that called a coroutine function, if Python was asked to track it.

    A mock's call is the line of whoever called the mock.
    """
    origin = getattr(coroutine, "cr_origin", None) or ()  # the innermost call first
    own = [place for place in origin if not _is_library(place[0])]
    return line_of(traceback.FrameSummary(*own[0])) if own else None


def name_of(task: asyncio.Task[Any]) -> str:
    """The task's name, or its function's: asyncio's own numbers depend on what ran before."""
    if _NUMBERED.fullmatch(task.get_name()):
        coroutine: object = task.get_coro()
        if closes_a_generator(coroutine):
            return f"aclose of {getattr(hidden_behind(coroutine), '__name__', 'a generator')}"
        return getattr(coroutine, "__name__", "task")
    return task.get_name()


def in_order(task: asyncio.Task[Any]) -> tuple[int, str]:
    """A sort key: named tasks by name, then the others by age."""
    number = _NUMBERED.fullmatch(task.get_name())
    return (int(number[1]), "") if number else (0, task.get_name())


def _is_library(filename: str) -> bool:
    return not _LIBRARIES.isdisjoint(Path(filename).parents)


def _own(frames: list[FrameType]) -> list[FrameType]:
    """The frames of the test and of the code under test."""
    return [frame for frame in frames if not _is_library(frame.f_code.co_filename)]


def _places(wait: Wait) -> list[str]:
    if wait.started and (own := _own(wait.frames)):
        return [
            line_of(traceback.FrameSummary(f.f_code.co_filename, f.f_lineno, f.f_code.co_name))
            for f in own
        ]
    origin = origin_line(wait.task.get_coro())
    state = "in library code" if wait.started else "not started"
    return [f"{state}, made at {origin}" if origin else state]


def _names(waits: list[Wait], main: asyncio.Future[Any] | None) -> dict[asyncio.Task[Any], str]:
    names: dict[asyncio.Task[Any], str] = {}
    count: dict[str, int] = {}
    for task in (wait.task for wait in waits):
        name = "main task" if task is main else name_of(task)
        count[name] = count.get(name, 0) + 1
        names[task] = name if count[name] == 1 else f"{name} #{count[name]}"
    return names


def _reason(wait: Wait, waits: list[Wait], names: dict[asyncio.Task[Any], str]) -> str:
    if awaited := wait.tasks() & names.keys():
        return "waits for " + ", ".join(names[other] for other in names if other in awaited)
    if not wait.blocked:
        return "is ready to run"
    wanted = wait.wanted()
    holders = [
        names[other.task]
        for other in waits
        if other.wanted() is not wanted and any(lock is wanted for lock in other.locks())
    ]
    return f"waits in {_call(wait)}" + (f", held by {', '.join(holders)}" if holders else "")


def _call(wait: Wait) -> str:
    """The library function it is in: `Queue.get`, `Lock.acquire`, `sleep`."""
    own = _own(wait.frames)
    called = wait.frames[wait.frames.index(own[-1]) + 1 :] if own else wait.frames
    for frame in called:
        name = frame.f_code.co_name
        if not name.startswith("__"):
            owner = frame.f_locals.get("self")
            return name if owner is None else f"{type(owner).__name__}.{name}"
    return "a future that nobody has finished"

"""The report of a test that can never end: who waits, where, for what and for whom."""

from __future__ import annotations

import asyncio
import re
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from coursekit.harness.waits import Wait

_STDLIB = Path(sysconfig.get_path("stdlib"))
_PACKAGES = {Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))}
_HERE = Path(__file__).parent
_NAME_BY_DEFAULT = re.compile(r"Task-(\d+)")


class Deadlock(BaseException):
    """Nothing can ever wake the loop. The message names each task, its line and what it awaits.

    Not an Exception, so that neither ``except Exception`` nor ``raises(TimeoutError)`` takes it for a result.
    """


class Livelock(BaseException):
    """The loop has turned too often without an end. The message names each task, its line and what it awaits."""


def describe(tasks: Iterable[asyncio.Task[Any]], main: asyncio.Future[Any] | None = None) -> str:
    """One paragraph a task, the main task first, without addresses or machine paths."""
    waits = [Wait(task) for task in tasks]
    waits.sort(key=lambda wait: (wait.task is not main, _order(wait.task)))
    names = _names(waits, main)
    lines: list[str] = []
    for wait in waits:
        places = [
            line_of(traceback.FrameSummary(f.f_code.co_filename, f.f_lineno, f.f_code.co_name))
            for f in _own(wait.frames)
        ] or ["not started"]
        lines.append(f"  {names[wait.task]}: {places[0]}")
        lines.extend(f"    -> {place}" for place in places[1:])
        lines.append(f"    {_reason(wait, waits, names)}")
    return "\n".join(lines)


def line_of(place: traceback.FrameSummary) -> str:
    """`file.py:12 in function: source line`, the file without its folder, a notebook's cell as `cell`."""
    path = Path(place.filename)
    name = "cell" if path.parent.name.startswith("ipykernel_") else path.name
    return f"{name}:{place.lineno} in {place.name}" + (f": {place.line}" if place.line else "")


def _own(frames: list[FrameType]) -> list[FrameType]:
    """The frames of the test and of the code under test; if there are none, the outermost."""
    own = [frame for frame in frames if not _is_library(frame)]
    return own or frames[:1]


def _is_library(frame: FrameType) -> bool:
    parents = Path(frame.f_code.co_filename).parents
    return _STDLIB in parents or _HERE in parents or not _PACKAGES.isdisjoint(parents)


def _order(task: asyncio.Task[Any]) -> tuple[int, str]:
    number = _NAME_BY_DEFAULT.fullmatch(task.get_name())
    return (int(number[1]), "") if number else (0, task.get_name())


def _names(waits: Iterable[Wait], main: asyncio.Future[Any] | None) -> dict[asyncio.Task[Any], str]:
    """Names that are the same in every run: asyncio's own numbers depend on the tests that ran before."""
    names: dict[asyncio.Task[Any], str] = {}
    for wait in waits:
        task = wait.task
        name = task.get_name()
        if task is main:
            name = "main task"
        elif _NAME_BY_DEFAULT.fullmatch(name):
            name = getattr(task.get_coro(), "__name__", "task")
        taken = [n for n in names.values() if n == name or n.startswith(name + " #")]
        names[task] = f"{name} #{len(taken) + 1}" if taken else name
    return names


def _reason(wait: Wait, waits: list[Wait], names: dict[asyncio.Task[Any], str]) -> str:
    awaited = sorted(names[task] for task in wait.tasks() if task in names)
    if awaited:
        return "waits for " + ", ".join(awaited)
    if not wait.blocked:
        return "is ready to run"
    wanted = wait.wanted()
    reason = f"waits in {_primitive(wait)}"
    holders = sorted(
        names[other.task]
        for other in waits
        if other.wanted() is not wanted and any(lock is wanted for lock in other.locks())
    )
    return f"{reason}, held by {', '.join(holders)}" if holders else reason


def _primitive(wait: Wait) -> str:
    """`Queue.get`, `Lock.acquire`, `asyncio.sleep`, or what can be said of a bare future."""
    inner = wait.frames[wait.frames.index(_own(wait.frames)[-1]) + 1 :] if wait.frames else []
    for frame in inner:
        name = frame.f_code.co_name
        if name.startswith("__"):
            continue
        owner = frame.f_locals.get("self")
        return f"{type(owner).__name__}.{name}" if owner is not None else f"asyncio.{name}"
    return "a future that nobody has finished"

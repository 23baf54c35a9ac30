"""Who holds the lock that another task waits for, and why a wait has no end.

asyncio does not note who took a lock. A task that is suspended inside `async with lock:`, or
between `await lock.acquire()` and `lock.release()`, holds it: its frames and their source say so.
A holder that took the lock in some other way stays unknown.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from types import FrameType
from typing import Any

from coursekit.timeline import source, waits


def holds(coroutine: Any, lock: Any, awaited: Any) -> bool:
    """Whether the `coroutine`, suspended on `awaited`, holds `lock`, as far as its source tells."""
    frames = waits.frames(coroutine)
    return any(lock is held for frame in frames for held in _held_in(frame, awaited))


def reason(subject: Any, label: str) -> str:
    """Why a wait on `subject` goes on: what it would take to end it."""
    if isinstance(subject, asyncio.Queue):
        if label.endswith("join"):
            return f"{getattr(subject, '_unfinished_tasks', 'some')} items without task_done"
        return "the queue is empty" if label.endswith("get") else f"full at {subject.maxsize}"
    if isinstance(subject, asyncio.Event):
        return "the event is not set"
    if isinstance(subject, asyncio.Condition):
        return "nobody notifies"
    if isinstance(subject, asyncio.Semaphore):
        return "no slot is free"
    if isinstance(subject, asyncio.Barrier):
        return f"{subject.n_waiting} of {subject.parties} are here"
    return ""


def _held_in(frame: FrameType, awaited: Any) -> Iterator[Any]:
    line = frame.f_lineno
    first = frame.f_code.co_firstlineno
    taken: dict[str, ast.expr] = {}
    for node in source.nodes(frame.f_code.co_filename):
        if isinstance(node, ast.AsyncWith) and node.lineno <= line <= _last(node.body):
            locks = [_lock_of(_value(item.context_expr, frame)) for item in node.items]
            header = max(item.context_expr.end_lineno or 0 for item in node.items)
            if line <= header and awaited in locks:  # in `async with a, b` those before it
                locks = locks[: locks.index(awaited)]
            yield from locks
    for call, target, verb in _lock_calls(frame, first, line):
        if verb == "acquire":
            taken[target] = call
        else:
            taken.pop(target, None)
    for expression in taken.values():
        yield _lock_of(_value(expression, frame))


def _lock_calls(frame: FrameType, first: int, line: int) -> list[tuple[ast.expr, str, str]]:
    """The `X.acquire()` and `X.release()` of the frame's code before its current line, in order."""
    found = []
    for node in source.nodes(frame.f_code.co_filename):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("acquire", "release")
            and first <= node.lineno < line
        ):
            target = node.func.value
            found.append((node.lineno, target, ast.unparse(target), node.func.attr))
    return [entry[1:] for entry in sorted(found, key=lambda entry: entry[0])]


def _last(body: list[ast.stmt]) -> int:
    return body[-1].end_lineno or body[-1].lineno


def _lock_of(value: Any) -> Any:
    return getattr(value, "_lock", value) if isinstance(value, asyncio.Condition) else value


def _value(node: ast.expr, frame: FrameType) -> Any:
    """The value of a plain name, attribute or subscript; None for anything that would call code."""
    try:
        if isinstance(node, ast.Name):
            spaces = (frame.f_locals, frame.f_globals)
            return next(space[node.id] for space in spaces if node.id in space)
        if isinstance(node, ast.Attribute):
            return getattr(_value(node.value, frame), node.attr)
        if isinstance(node, ast.Subscript):
            return _value(node.value, frame)[_value(node.slice, frame)]
        if isinstance(node, ast.Constant):
            return node.value
    except Exception:  # a property or a mapping of the learner's own may raise anything
        return None
    return None

"""What a suspended task is waiting for, read from its chain of awaits.

A suspended coroutine names the thing it awaits (`cr_await`), a generator likewise
(`gi_yieldfrom`), an asynchronous generator too (`ag_await`). Following these from the task's own
coroutine leads to a frame inside asyncio, and that frame says what the wait is. The walk happens
once a step, so it only notes code objects and positions; turning them into text is left for when
a picture is drawn.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sysconfig
from asyncio import locks, tasks
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, NamedTuple

from coursekit.harness import settle
from coursekit.timeline.kinds import Kind


class Wait(NamedTuple):
    """One wait: its kind, a label such as `Queue.get`, and its place in the learner's code."""

    kind: Kind
    label: str
    code: CodeType | None
    lasti: int


def _code(function: Any) -> CodeType:
    return function.__code__  # type: ignore[no-any-return]


# The value's last part says that the frame's `self` is worth naming: a subclass has its own name.
_KNOWN: dict[CodeType, tuple[Kind, str, bool]] = {
    _code(asyncio.sleep): ("sleep", "sleep", False),
    _code(asyncio.to_thread): ("thread", "to_thread", False),
    _code(asyncio.Semaphore.acquire): ("sync", "acquire", True),
    _code(asyncio.Event.wait): ("sync", "wait", True),
    _code(asyncio.Condition.wait): ("sync", "wait", True),
    _code(asyncio.Condition.wait_for): ("sync", "wait_for", True),
    _code(asyncio.Queue.get): ("queue", "get", True),
    _code(asyncio.Queue.put): ("queue", "put", True),
    _code(asyncio.Queue.join): ("queue", "join", True),
    _code(asyncio.wait_for): ("task", "wait_for", False),
    _code(asyncio.wait): ("task", "wait", False),
}
for _name in ("wait", "_block", "_wait"):
    if hasattr(locks.Barrier, _name):
        _KNOWN[_code(getattr(locks.Barrier, _name))] = ("sync", "wait", True)
for _name in ("__aexit__", "_aexit"):
    if hasattr(asyncio.TaskGroup, _name):
        _KNOWN[_code(getattr(asyncio.TaskGroup, _name))] = ("task", "TaskGroup", False)
if hasattr(tasks, "_wait"):
    _KNOWN[_code(tasks._wait)] = ("task", "wait", False)

_WAIT_FOR = _KNOWN[_code(asyncio.wait_for)]
_LOCK = _KNOWN[_code(asyncio.Lock.acquire)] = ("sync", "acquire", True)

_KNOWN[_code(settle)] = ("other", "settle", False)

_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep
# The learner's line counts, not a library's that it calls.
_LIBRARIES = tuple(
    {sysconfig.get_path(kind) + os.sep for kind in ("stdlib", "purelib", "platlib")}
    | {os.path.dirname(os.path.dirname(__file__)) + os.sep, "<frozen "}
)
_NETWORK = ("streams.py", "selector_events.py", "base_events.py", "subprocess.py", "sslproto.py")
_Node = (CoroutineType, GeneratorType, AsyncGeneratorType)


def _steps_inside(node: Any) -> tuple[FrameType | None, Any]:
    """The frame of one link of the chain and the next link."""
    kind = type(node)
    if kind is CoroutineType:
        return node.cr_frame, node.cr_await
    if kind is GeneratorType:
        return node.gi_frame, node.gi_yieldfrom
    if kind is AsyncGeneratorType:
        return node.ag_frame, node.ag_await
    if hasattr(node, "cr_await"):
        return node.cr_frame, node.cr_await
    # `asend()`, `anext()` and `__await__()` objects hide what they step; the collector knows it.
    for inner in gc.get_referents(node) if kind.__name__ in _HIDING else ():
        if isinstance(inner, _Node) or type(inner).__name__ in _HIDING:
            return None, inner
    return None, None


_HIDING = frozenset(
    {"async_generator_asend", "async_generator_athrow", "coroutine_wrapper", "anext_awaitable"}
)


def frames(coroutine: Any) -> list[FrameType]:
    """The frames of a suspended coroutine's chain outside asyncio, outermost first."""
    found = []
    node = coroutine
    while node is not None:
        frame, node = _steps_inside(node)
        if frame is not None and not frame.f_code.co_filename.startswith(_ASYNCIO):
            found.append(frame)
    return found


def read(coroutine: Any, future: Any) -> tuple[Wait, Any]:
    """What `coroutine`, just suspended on `future`, waits for, and the object it waits on.

    `future` is what the step yielded: a future, or None for a bare `sleep(0)`. The object is the
    primitive, queue, task group or future; keep it only while the task is suspended.
    """
    known: tuple[Kind, str, bool] | None = None
    known_frame: FrameType | None = None
    own: FrameType | None = None
    library: FrameType | None = None
    node = coroutine
    while node is not None:
        frame, node = _steps_inside(node)
        if frame is None:
            continue
        code = frame.f_code
        spot = _KNOWN.get(code)
        if spot is not None:
            # What the learner called counts, `Queue.join` rather than the Event inside it; but a
            # timeout says nothing, and a Condition that was notified waits for its lock.
            if known in (None, _WAIT_FOR) or spot is _LOCK:
                known, known_frame = spot, frame
        elif code.co_filename.startswith(_ASYNCIO):
            library = frame
        elif not code.co_filename.startswith(_LIBRARIES):
            own = frame
            known = known_frame = library = None
    code_, lasti = (own.f_code, own.f_lasti) if own is not None else (None, 0)
    if future is None:
        return Wait("ready", "sleep(0)", code_, lasti), None
    if known is not None and known_frame is not None:
        kind, label, named = known
        subject = future
        if named or label == "TaskGroup":
            subject = known_frame.f_locals.get("self", future)
            if named:
                label = f"{type(subject).__name__}.{label}"
        elif isinstance(future, asyncio.Task):
            subject = future
        elif label == "wait":
            subject = known_frame.f_locals.get("fs", future)
        return Wait(kind, label, code_, lasti), subject
    if isinstance(future, asyncio.Task):
        return Wait("task", "task", code_, lasti), future
    if hasattr(future, "_children"):
        return Wait("task", "gather", code_, lasti), future
    if library is not None:
        file = os.path.basename(library.f_code.co_filename)
        label = library.f_code.co_name if file in _NETWORK else "asyncio"
        return Wait("other", label, code_, lasti), future
    return _behind_a_future(future, code_, lasti)


def _behind_a_future(future: Any, code: CodeType | None, lasti: int) -> tuple[Wait, Any]:
    """Tell the futures of a thread and of a shield by who wants to hear of their end."""
    for callback, *_ in getattr(future, "_callbacks", None) or ():
        name = getattr(callback, "__qualname__", "")
        if name.startswith("_chain_future."):
            return Wait("thread", "run_in_executor", code, lasti), future
        if name.startswith("shield."):
            inside = dict(zip(callback.__code__.co_freevars, callback.__closure__, strict=True))
            inner = inside["inner"].cell_contents if "inner" in inside else future
            return Wait("task", "shield", code, lasti), inner
    return Wait("other", "future", code, lasti), future


def tasks_behind(subject: Any) -> list[asyncio.Future[Any]]:
    """The unfinished tasks that a wait on `subject` is for: a task, a gather, a group, a set."""
    if isinstance(subject, asyncio.Task):
        found: Any = [subject]
    elif isinstance(subject, set | frozenset | list | tuple):
        found = list(subject)
    else:
        found = getattr(subject, "_children", None) or getattr(subject, "_tasks", None) or ()
    return [one for one in found if isinstance(one, asyncio.Future) and not one.done()]

"""What a task waits for, read from its chain of awaits."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from inspect import getcoroutinestate
from types import (
    AsyncGeneratorType,
    CellType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
)
from typing import Any

# Frames of these modules wait for the tasks in their local variables.
_WAITERS = (asyncio.tasks.__file__, asyncio.taskgroups.__file__)


class Wait:
    """Where a suspended task stands.

    `links` are the coroutines, generators and async generators it is inside of, outermost first.
    `target` is what the innermost one waits for: a Future, None (it only gave way, or has not
    begun), or an awaitable nobody can look into.
    """

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task
        self.links: list[object] = []
        self.frames: list[FrameType] = []
        link: object = task.get_coro()
        while link is not None and not isinstance(link, asyncio.Future):
            match link:
                case CoroutineType():
                    frame, following = link.cr_frame, link.cr_await
                case GeneratorType():
                    frame, following = link.gi_frame, link.gi_yieldfrom
                case AsyncGeneratorType():
                    frame, following = link.ag_frame, link.ag_await
                case _:
                    frame, following = None, hidden_behind(link)
                    if following is None:
                        break
            if frame is not None:
                self.links.append(link)
                self.frames.append(frame)
            link = following
        self.target = link

    @property
    def started(self) -> bool:
        """Whether it has run a first step."""
        coroutine = self.task.get_coro()
        return (
            not isinstance(coroutine, CoroutineType)
            or getcoroutinestate(coroutine) != "CORO_CREATED"
        )

    @property
    def blocked(self) -> bool:
        """Whether the task cannot go on before something else happens."""
        if isinstance(self.target, asyncio.Future):
            return not self.target.done()
        return self.target is not None

    def tasks(self) -> set[asyncio.Task[Any]]:
        """The unfinished tasks it waits for, through gather, wait, shield and TaskGroup too."""
        roots = [self.target]
        for frame in self.frames:
            if frame.f_code.co_filename in _WAITERS:
                roots.extend(frame.f_locals.values())
        return {task for root in roots for task in _tasks_in(root, 4)} - {self.task}

    def locks(self) -> list[object]:
        """The locks and semaphores in whose ``async with`` it is, or at whose door."""
        return [
            method.__self__
            for link in self.links
            for method in gc.get_referents(link)
            if isinstance(method, MethodType)
            and method.__name__ == "__aexit__"
            and isinstance(method.__self__, asyncio.Lock | asyncio.Semaphore | asyncio.Condition)
        ]

    def wanted(self) -> object:
        """The asyncio primitive it waits for: the Lock, Queue, Event ... or None."""
        for frame in self.frames:
            owner = frame.f_locals.get("self")
            if type(owner).__module__.partition(".")[0] == "asyncio":
                return owner
        return None


def closes_a_generator(coroutine: object) -> bool:
    """Whether it is the ``aclose()`` of an async generator."""
    return type(coroutine).__name__ == "async_generator_athrow"  # Python gives the type no name


def hidden_behind(link: object, depth: int = 2) -> object:
    """The coroutine or future behind an iterator that hides it; the collector sees through."""
    found = gc.get_referents(link)
    for one in found:
        if isinstance(one, CoroutineType | GeneratorType | AsyncGeneratorType | asyncio.Future):
            return one
    if depth > 1:
        for one in found:
            if hasattr(one, "send") and (behind := hidden_behind(one, depth - 1)) is not None:
                return behind
    return None


def _tasks_in(root: object, depth: int) -> Iterator[asyncio.Task[Any]]:
    """Unfinished tasks in containers, futures and closures, not those that wait for them."""
    if isinstance(root, asyncio.Task):
        if not root.done():
            yield root
    elif depth and isinstance(
        root,
        asyncio.Future
        | asyncio.TaskGroup
        | list
        | tuple
        | set
        | frozenset
        | dict
        | FunctionType
        | CellType,
    ):
        inner = root.__closure__ or () if isinstance(root, FunctionType) else gc.get_referents(root)
        for one in inner:
            yield from _tasks_in(one, depth - 1)

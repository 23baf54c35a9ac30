"""Another order of the same steps: a seeded shuffle of the tasks that are ready to run."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

Step = tuple[Callable[..., object], tuple[Any, ...], Context]


class Schedule:
    """Which of the ready task steps runs next, decided by a seed.

    The steps ready at the start of a turn of the loop are shuffled, and all of them run in that
    turn. A step never passes a plain callback, nor a callback a step: asyncio promises callbacks
    their order, and those of a task that they run before whoever awaits the task.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._groups: list[list[Step]] = [[]]
        self._turn: deque[Step] = deque()

    def add(self, step: Step) -> None:
        """A task became ready."""
        self._groups[-1].append(step)

    def fence(self) -> None:
        """A plain callback was registered: no step may pass it."""
        if self._groups[-1]:
            self._groups.append([])

    def begin_turn(self) -> None:
        """Shuffle the steps that are ready now."""
        for steps in self._groups:
            self._random.shuffle(steps)
            self._turn.extend(steps)
        self._groups = [[]]

    def run_one(self) -> None:
        """Run the next step of this turn."""
        callback, args, context = self._turn.popleft()
        context.run(callback, *args)


def is_step(callback: Callable[..., object]) -> bool:
    """Whether it is asyncio's own step of a task, not a method such as ``task.cancel``."""
    return isinstance(getattr(callback, "__self__", None), asyncio.Task) and not hasattr(
        asyncio.Task, getattr(callback, "__name__", "step")
    )

"""What was noted: rows of steps while it happens, and the plain record a picture is drawn from."""

from __future__ import annotations

import asyncio
import re
import weakref
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from coursekit.timeline.kinds import How, Kind
from coursekit.timeline.waits import Wait

_DEFAULT_NAME = re.compile(r"Task-\d+|None")


class Step(NamedTuple):
    """One step of a task: its place in the order of all steps, its times, the wait it ended in."""

    order: int
    began: float
    ended: float
    wait: Wait | None


class Outcome(NamedTuple):
    """How a task ended, and the exception's type when it raised."""

    how: How
    error: str


class Row:
    """One task, as it is being noted."""

    __slots__ = (
        "cancels",
        "created_at",
        "created_order",
        "default_name",
        "function",
        "name",
        "outcome",
        "running",
        "steps",
        "subject",
        "task",
    )

    def __init__(self, coroutine: Any, created_at: float, created_order: int) -> None:
        self.function = str(getattr(coroutine, "__qualname__", type(coroutine).__name__))
        self.created_at = created_at
        self.created_order = created_order
        self.steps: list[Step] = []
        self.cancels: list[int] = []
        self.running: tuple[int, float] | None = None  # the step it takes now, and since when
        self.subject: Any = None  # what the task waits on now, for as long as it does
        self.task: weakref.ref[asyncio.Future[Any]] | None = None
        self.name = ""
        self.default_name = ""
        self.outcome: Outcome | None = None

    def keep_name(self) -> None:
        """Remember the task's name while there is a task; a default name says nothing."""
        task = self.task() if self.task is not None else asyncio.current_task()
        if isinstance(task, asyncio.Task):
            name = task.get_name()
            self.name = "" if _DEFAULT_NAME.fullmatch(name) else name


@dataclass(frozen=True)
class Segment:
    """A stretch of one row: from the end of step `after` to the beginning of step `before`.

    A stretch of the kind `run` is the step `after` itself. `label` is such as `Queue.get`, `what`
    the learner's own words for it, `place` where it stands.
    """

    kind: Kind
    began: float
    ended: float
    after: int
    before: int
    label: str = ""
    what: str = ""
    place: str = ""


@dataclass(frozen=True)
class Line:
    """One task's finished row."""

    name: str
    created_at: float
    created_order: int
    segments: tuple[Segment, ...]
    cancels: tuple[int, ...]
    outcome: Outcome

    @property
    def cancels_outlived(self) -> tuple[int, ...]:
        """The steps at which a cancellation came in and did not end the task."""
        last = self.segments[-1].after if self.segments else 0
        ended = self.outcome.how == "cancelled"
        return tuple(order for order in self.cancels if not (ended and order == last))

    @property
    def cancelled_at(self) -> tuple[float, ...]:
        """When those came in."""
        outlived = self.cancels_outlived
        steps = (one for one in self.segments if one.kind == "run")
        return tuple(one.began for one in steps if one.after in outlived)


@dataclass(frozen=True)
class Stuck:
    """One task that waits for ever: what for, where, the lines that it needs and why."""

    line: int
    label: str
    what: str
    place: str
    behind: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Record:
    """Everything a picture shows. Times are in seconds on the loop's clock."""

    lines: tuple[Line, ...]
    began: float
    ended: float
    steps: tuple[float, ...] = field(repr=False)
    virtual: bool
    stuck: tuple[Stuck, ...] = ()
    cut_short: bool = False

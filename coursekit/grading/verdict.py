"""The verdict on a cell of tests: one outcome of several, each a different thing to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from coursekit.grading.mutant import Mutant
from coursekit.grading.outcome import Test


class Step(Enum):
    """How far the tests came; each step is reached only if the one before it held."""

    NOT_ATTEMPTED = "not attempted"
    UNREADABLE = "cannot be read"
    FAILS = "fails on the worker as it is"
    UNSTEADY = "does not give the same result twice"
    NEEDS_ORDER = "needs other tests to run before it"
    OVER_STRICT = "over-strict"
    NEEDS_SCHEDULE = "depends on the schedule"
    CHECKS_NOTHING = "checks nothing"
    GRADED = "graded"


@dataclass(frozen=True)
class Bug:
    """What became of one planted bug; `caught_by` is None for one that escaped."""

    mutant: Mutant
    caught_by: Test | None = None
    schedule: int | None = None


@dataclass(frozen=True)
class Verdict:
    """The verdict on one cell.

    `failures` are the tests that stopped it at `step`, on `variant` if that is given;
    `seeds_passed` of `schedules` seeds passed and `seed` is the first that did not. `empty` names
    tests without any check; `shown` is what the reader calls the tests: "cell" or a file.
    """

    exercise: str
    step: Step
    tests: tuple[str, ...] = ()
    failures: tuple[Test, ...] = ()
    variant: Mutant | None = None
    variants: int = 0
    schedules: int = 0
    seeds_passed: int = 0
    seed: int | None = None
    bugs: tuple[Bug, ...] = ()
    empty: tuple[str, ...] = ()
    restarted: bool = False
    shown: str = "cell"

    @property
    def caught(self) -> int:
        """How many bugs were caught."""
        return sum(bug.caught_by is not None for bug in self.bugs)

    @property
    def solved(self) -> bool:
        """Whether the tests were graded and caught every bug."""
        return self.step is Step.GRADED and self.caught == len(self.bugs)

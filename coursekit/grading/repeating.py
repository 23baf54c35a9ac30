"""Repeats runs on the correct worker: does what failed there fail every time?"""

from __future__ import annotations

import ast
import time
from dataclasses import replace

from coursekit.grading import elsewhere
from coursekit.grading.asking import Asker
from coursekit.grading.outcome import Outcome
from coursekit.grading.plan import PLAIN
from coursekit.grading.protocol import Job, Run

REPEATS = 6
"""How often a cell that fails on the worker is run again."""


def always_fails(asker: Asker, job: Job, tree: ast.Module, first: Outcome) -> bool:
    """Return whether the tests that failed in the run `first` of `job` fail again each time."""
    started = time.monotonic()
    again = asker.once_more(replace(job, runs=(PLAIN,) * REPEATS)).outcomes
    if elsewhere.reads_the_clock(tree):
        elsewhere.wait_a_while(started)
        again += asker.once_more(job).outcomes
    return bool(again) and all(_failed(outcome) == _failed(first) for outcome in again)


def comes_again(asker: Asker, job: Job, failing: Outcome, passing: Run) -> bool:
    """Return whether a run fails as it did, again and again, and another always passes.

    The order matters: a test that fails every second time must not look steady.
    """
    runs = (passing, failing.run, failing.run, passing) * 2
    outcomes = asker.once_more(replace(job, runs=runs)).outcomes
    return len(outcomes) == len(runs) and all(
        _failed(outcome) == (_failed(failing) if run == failing.run else set())
        for outcome, run in zip(outcomes, runs, strict=True)
    )


def _failed(outcome: Outcome) -> set[str]:
    return {test.name for test in outcome.failures}

"""One more control, for cells that lean on the machine: another process, later, other hashes."""

from __future__ import annotations

import ast
import time
from contextlib import closing
from dataclasses import replace

from coursekit.grading.asking import Asker
from coursekit.grading.engine import Engine
from coursekit.grading.hashing import orders_by_hash
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.plan import AGAIN
from coursekit.grading.protocol import Job

LATER = 1.0
"""Seconds between the first control and this one, for cells that read the clock on the wall."""

_CLOCKS = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime"}
_CLOCK_METHODS = {"now", "utcnow", "today"}


def run(engine: Engine, job: Job, tree: ast.Module, started: float) -> JobOutcome | None:
    """Run the cell of `job` once elsewhere; None if it does not lean on the machine.

    `started` is the time, by time.monotonic(), at which the first control began.
    """
    if not reads_the_clock(tree) and not orders_by_hash(tree):
        return None
    with closing(Engine(engine.project, hash_seed=1)) as other:
        if reads_the_clock(tree):
            wait_a_while(started)
        return Asker(other).once_more(replace(job, runs=(AGAIN,)))


def wait_a_while(started: float) -> None:
    """Return LATER seconds after `started`, by time.monotonic(), or at once if that is past."""
    time.sleep(max(0.0, started + LATER - time.monotonic()))


def reads_the_clock(tree: ast.Module) -> bool:
    """Return whether a cell reads the clock on the wall."""
    from_time = {
        f"time.{alias.name}": alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
    }
    names = _CLOCKS | {name for clock, name in from_time.items() if clock in _CLOCKS}
    return any(
        isinstance(node, ast.Call)
        and (
            ast.unparse(node.func) in names
            or (isinstance(node.func, ast.Attribute) and node.func.attr in _CLOCK_METHODS)
        )
        for node in ast.walk(tree)
    )

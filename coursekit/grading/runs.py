"""Makes the runs of a job, each in a fork of the child that collected the tests."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from coursekit.grading import place, reaping
from coursekit.grading.board import Board
from coursekit.grading.protocol import Events, Job, Run
from coursekit.grading.reporter import Quiet, Reporter, test_name


class Runs:
    """The runs of one job. Every fork returns from `make` too, and goes on as a run."""

    def __init__(
        self,
        job: Job,
        session: pytest.Session,
        folder: Path,
        events: Events,
        describe: Callable[[BaseException], dict[str, Any]],
    ) -> None:
        self.job = job
        self.session = session
        self.folder = folder
        self.events = events
        self.describe = describe
        self.board = Board()

    def make(self) -> bool:
        """Make all runs; return False in a fork, whose tests are still to be run."""
        gc.collect()
        gc.freeze()  # a collection in a fork would copy every page it only looks at
        for run in self.job.runs:
            if not self._one(run):
                return False
            if self.job.until_failure and (self.board.failed or not self.board.whole):
                return True
        return self._together(self.job.together)

    def _one(self, run: Run) -> bool:
        """Make one run, in as many forks as its tests end."""
        first = 0
        while True:
            if not self._fork([run], first):
                return False
            if self.board.whole or self.job.until_failure:
                break
            first = self.board.current + 1  # the tests after the one that ended the process
            if first >= len(self.session.items):
                return True
        if self.job.until_failure and self.board.failed:
            failed = test_name(self.session.items[self.board.failed - 1].nodeid)
            return self._fork([Run(run.schedule, run.numbers, only=failed)])
        return True

    def _together(self, runs: Sequence[Run]) -> bool:
        """Make runs in one fork, which saves time; if anything fails there, each in its own."""
        if not runs:
            return True
        if not self._fork(runs):
            return False
        if self.board.whole and not self.board.failed:
            tests = [test_name(item.nodeid) for item in self.session.items]
            self.events.send(event="together", tests=tests)
            return True
        return all(self._one(run) for run in runs)

    def _fork(self, runs: Sequence[Run], first: int = 0) -> bool:
        parent = os.getpid()
        self.board.clear()
        pid = os.fork()
        if pid == 0:
            reaping.end_with_parent(parent)
            self._become(runs, first)
            return False
        _, status = os.waitpid(pid, 0)
        reaping.kill_descendants(os.getpid())
        os.write(self.events.descriptor, b"\n")  # ends a line that a killed run left half written
        status = os.waitstatus_to_exitcode(status)
        together = len(runs) > 1
        self.events.send(event="over", whole=self.board.whole, status=status, together=together)
        return True

    def _become(self, runs: Sequence[Run], first: int) -> None:
        """Make this fork a run; with several, make all here but the last."""
        session, together = self.session, len(runs) > 1
        goes_on = first > 0
        self.events.send(event="run", pid=os.getpid(), goes_on=goes_on, together=together)
        place.use_folder(self.folder / f"run-{os.getpid()}")
        place.capture_afresh(session.config)
        if self.job.until_failure:
            session.config.option.maxfail = 1
        if runs[0].reverse:
            session.items.reverse()
        if (only := runs[0].only) is not None:
            session.items[:] = [item for item in session.items if test_name(item.nodeid) == only]
        kind, describe = (Quiet, _undescribed) if together else (Reporter, self.describe)
        reporter = kind(self.job, self.events, self.board, describe, session.items)
        session.config.pluginmanager.register(reporter, "coursekit-reporter")
        del session.items[:first]
        for run in runs[:-1]:
            self._set_seeds(run)
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.board.failed:
                    os._exit(0)
        self._set_seeds(runs[-1])

    def _set_seeds(self, run: Run) -> None:
        random.seed(run.numbers)
        self.session.config.option.schedule = run.schedule


def _undescribed(_error: BaseException) -> dict[str, Any]:
    return {}

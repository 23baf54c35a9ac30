"""What a forked child of the server does: plants, collects the cell, makes the runs."""

from __future__ import annotations

import gc
import os
import random
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from coursekit.grading import limits, place, reaping
from coursekit.grading.board import Board
from coursekit.grading.failure import Describer
from coursekit.grading.mutant import Mutant
from coursekit.grading.planting import plant, plant_in_subprocesses
from coursekit.grading.protocol import Events, Job, Run
from coursekit.grading.reporter import Reporter, test_name


class Child:
    """A pytest plugin, registered after the fork, that turns the session into one job."""

    def __init__(self, job: Job, root: Path, folder: Path, descriptor: int) -> None:
        self.job = job
        self.root = root
        self.folder = folder
        self.cell = folder / "cell.py"
        self.events = Events(descriptor)
        self.describe = Describer(root, self.cell, job.shown).describe
        self.whole = True
        self.collected = False
        self.board = Board()

    def prepare(self, config: pytest.Config) -> None:
        """Make this fresh fork a process of its own: folder, signals, limits, plugins, mutant."""
        reaping.adopt_orphans()
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        limits.limit_this_process()
        limits.end_on_profile_signal(self.events.descriptor)
        place.use_folder(self.folder)
        place.capture_afresh(config)
        self.cell.write_text(self.job.source, encoding="utf-8")
        if self.job.earlier:
            (self.folder / "earlier_cells.py").write_text(self.job.earlier, encoding="utf-8")
            pytest.register_assert_rewrite("earlier_cells")
        if self.job.mutant is not None:
            mutant = Mutant(**self.job.mutant)
            plant(mutant)
            plant_in_subprocesses(mutant, self.folder / "site")
        config.option.keyword = self.job.keyword
        if self.job.timeline:
            config.option.timeline = True
            config.pluginmanager.import_plugin("coursekit.timeline.pytest_plugin")
        config.pluginmanager.register(self, "coursekit-child")
        random.seed(self.job.runs[0].numbers)  # for what the cell draws when it is imported
        limits.allow_processor_time(limits.CPU_SECONDS)
        place.load_conftests(config, self.root, self.job.folder)
        config.args = [str(self.cell)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and self.whole:
            self.whole = False
            self.events.send(event="unreadable", **report.__dict__["described"])

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if report.failed:
            call: pytest.CallInfo[Any] = report.call
            assert call.excinfo is not None
            error = call.excinfo.value
            error = error.__cause__ or error  # pytest wraps an ImportError in its own words
            report.__dict__["described"] = self.describe(error)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Fork the job's runs; in each forked child go on to pytest's own loop."""
        limits.allow_processor_time(0)
        if not self.whole:
            return True
        self.collected = True
        self.events.send(
            event="collected", tests=[test_name(item.nodeid) for item in session.items]
        )
        if not session.items:
            return True
        gc.collect()
        gc.freeze()  # a collection in a fork would copy every page it only looks at
        for run in self.job.runs:
            if not self._make(session, run):
                return None
            if self.job.until_failure and (self.board.failed or not self.board.whole):
                break
        return True

    def _make(self, session: pytest.Session, run: Run) -> bool:
        """Make one run, in as many forks as its tests end; return False in a fork."""
        first = 0
        while True:
            if not self._fork(session, run, first):
                return False
            if self.board.whole or self.job.until_failure:
                break
            first = self.board.current + 1  # the tests after the one that ended the process
            if first >= len(session.items):
                return True
        if self.job.until_failure and self.board.failed:
            failed = session.items[self.board.failed - 1]
            return self._fork(
                session, Run(run.schedule, run.numbers, only=test_name(failed.nodeid)), 0
            )
        return True

    def _fork(self, session: pytest.Session, run: Run, first: int) -> bool:
        parent = os.getpid()
        self.board.clear()
        pid = os.fork()
        if pid == 0:
            reaping.end_with_parent(parent)
            self._become(session, run, first)
            return False
        _, status = os.waitpid(pid, 0)
        reaping.kill_descendants(os.getpid())
        os.write(self.events.descriptor, b"\n")  # ends a line that a killed run left half written
        self.events.send(
            event="over", whole=self.board.whole, status=os.waitstatus_to_exitcode(status)
        )
        return True

    def _become(self, session: pytest.Session, run: Run, first: int) -> None:
        self.events.send(event="run", pid=os.getpid(), goes_on=first > 0)
        folder = self.folder / f"run-{os.getpid()}"
        place.use_folder(folder)
        place.capture_afresh(session.config)
        random.seed(run.numbers)
        session.config.option.schedule = run.schedule
        if self.job.until_failure:
            session.config.option.maxfail = 1
        if run.reverse:
            session.items.reverse()
        if run.only is not None:
            session.items[:] = [
                item for item in session.items if test_name(item.nodeid) == run.only
            ]
        reporter = Reporter(self.job, self.events, self.board, self.describe, session.items)
        session.config.pluginmanager.register(reporter, "coursekit-reporter")
        del session.items[:first]

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self._broken(excinfo.value)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self._broken(excinfo.value)
        return True

    def _broken(self, error: BaseException) -> None:
        # What pytest does not turn into a report: sys.exit at the top of the cell, a
        # KeyboardInterrupt.
        event = "broken" if self.collected else "unreadable"
        self.events.send(event=event, **self.describe(error))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """End here: nothing of the server's own that comes later is this child's to do."""
        self.board.whole = True  # seen only by the process that forked this one, if it is a run
        os._exit(0)

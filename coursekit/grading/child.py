"""What a forked child of the server does: plants, collects the cell, makes the runs."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from coursekit.grading import limits, place, reaping
from coursekit.grading.failure import Describer
from coursekit.grading.mutant import Mutant
from coursekit.grading.planting import plant, plant_in_subprocesses
from coursekit.grading.protocol import Events, Job
from coursekit.grading.reporter import test_name
from coursekit.grading.runs import Runs


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
        config.option.tbstyle = "value"  # failures are described here: pytest need not do it too
        if self.job.timeline:
            config.option.timeline = True
            config.pluginmanager.import_plugin("coursekit.timeline.pytest_plugin")
        config.pluginmanager.register(self, "coursekit-child")
        random.seed(self.job.numbers)  # for what the cell draws when it is imported
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
        """Make the job's runs in forks; in a fork go on to pytest's own loop."""
        limits.allow_processor_time(0)
        if not self.whole:
            return True
        self.collected = True
        tests = [test_name(item.nodeid) for item in session.items]
        self.events.send(event="collected", tests=tests)
        self.runs = Runs(self.job, session, self.folder, self.events, self.describe)
        return True if not tests or self.runs.make() else None

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
        error = sys.exc_info()[1]
        if error is not None and self.whole and not self.collected:
            self._broken(error)  # pytest refuses a setting, as late as this
        if self.collected:
            self.runs.board.whole = True  # seen by the process that forked this one, if it is a run
        os._exit(0)

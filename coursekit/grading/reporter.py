"""Tells how the tests of one run go, and keeps the limit of processor time of each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest

from coursekit.grading import limits
from coursekit.grading.board import Board
from coursekit.grading.protocol import Events, Job

MOST_OUTPUT = 4000
"""Characters of what a test printed that travel with its report: the last ones."""


class Reporter:
    """A pytest plugin of one run, registered in its fork."""

    def __init__(
        self,
        job: Job,
        events: Events,
        board: Board,
        describe: Callable[[BaseException], dict[str, Any]],
        items: Sequence[pytest.Item],
    ) -> None:
        self.job = job
        self.events = events
        self.board = board
        self.describe = describe
        self.numbers = {item.nodeid: number for number, item in enumerate(items)}
        self.started_at = 0.0

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.started_at = limits.processor_time()
        self.board.current = self.numbers[nodeid]
        self.events.send(event="start", test=test_name(nodeid))
        limits.allow_processor_time(self.job.processor_seconds)

    def pytest_runtest_logfinish(self) -> None:
        limits.allow_processor_time(0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed and call.excinfo is not None:
            report.__dict__["described"] = self.describe(call.excinfo.value)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        described = report.__dict__.get("described")
        if report.failed and described is None:  # a strict xfail that passed
            described = {"type": "Failed", "at": "", "text": [f"E   {report.longrepr}"]}
        if report.failed:
            self.board.failed = self.numbers[report.nodeid] + 1
        expected = hasattr(report, "wasxfail")
        self.events.send(
            event="report",
            test=test_name(report.nodeid),
            when=report.when,
            outcome="expected" if expected and report.skipped else report.outcome,
            failure=described,
            output=self._output(report),
            pictures=[
                value for name, value in report.user_properties if name.startswith("timeline")
            ],
            seconds=limits.processor_time() - self.started_at,
        )

    def _output(self, report: pytest.TestReport) -> str:
        assert report.when is not None
        if not report.failed and not self.job.show_output:
            return ""
        # A report holds what the phases before it printed too.
        text = "".join(text for title, text in report.sections if title.endswith(report.when))
        if len(text) > MOST_OUTPUT:
            text = f"… {len(text) - MOST_OUTPUT} characters before …\n{text[-MOST_OUTPUT:]}"
        return text


class Quiet(Reporter):
    """Tells only whether a test failed, and that another has begun."""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.board.current = self.numbers[nodeid]
        self.events.send(event="alive")
        limits.allow_processor_time(self.job.processor_seconds)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.board.failed = self.numbers[report.nodeid] + 1


def test_name(nodeid: str) -> str:
    """Return what follows the file in a node id: "test_a[1]" or "TestB::test_c"."""
    return nodeid.partition("::")[2]


test_name.__test__ = False  # type: ignore[attr-defined]

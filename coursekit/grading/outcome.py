"""What happened in the jobs of one request, put together from their events."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from coursekit.grading import limits
from coursekit.grading.protocol import Event, Job, Run


@dataclass
class Test:
    """One test in one run.

    `outcome` is passed, failed, skipped, expected (an xfail) or unfinished.
    """

    name: str
    outcome: str = "unfinished"
    failure: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    pictures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether the test did not do what it should."""
        return self.outcome in ("failed", "unfinished")

    @property
    def reason(self) -> str:
        """Why it failed, in a few words; nothing for a plain failed assertion."""
        return str(self.failure.get("reason", ""))

    @property
    def limit(self) -> str:
        """The limit it met: "processor", "time", "memory" or "processes"; empty for none."""
        return str(self.failure.get("limit", ""))


@dataclass
class Outcome:
    """One run: its tests by name, in the order they ran."""

    run: Run
    tests: dict[str, Test] = field(default_factory=dict)

    @property
    def failures(self) -> list[Test]:
        """The tests that failed."""
        return [test for test in self.tests.values() if test.failed]

    @property
    def passed(self) -> bool:
        """Whether every test passed, and there was one."""
        return bool(self.tests) and not self.failures


@dataclass
class JobOutcome:
    """One job: the tests found, or why the cell could not be read, and its runs."""

    job: Job
    tests: list[str] | None = None
    unreadable: dict[str, Any] | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    _stack: list[str] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Take in the next event of this job."""
        getattr(self, f"_on_{event['event']}")(event)

    def _on_collected(self, event: Event) -> None:
        self.tests = event["tests"]

    def _on_unreadable(self, event: Event) -> None:
        self.unreadable = event

    def _on_run(self, event: Event) -> None:
        self._stack = []
        if event["goes_on"] or event["together"]:
            return
        runs = [*self.job.runs, *self.job.together]
        position = len(self.outcomes)
        if self.job.until_failure and self.outcomes and self.outcomes[-1].failures:
            last = self.outcomes[-1]
            run = Run(last.run.schedule, last.run.numbers, only=last.failures[0].name)
        else:
            run = runs[position]
        self.outcomes.append(Outcome(run))

    def _on_start(self, event: Event) -> None:
        self.outcomes[-1].tests[event["test"]] = Test(event["test"])

    def _on_report(self, event: Event) -> None:
        test = self.outcomes[-1].tests.setdefault(event["test"], Test(event["test"]))
        test.seconds = max(test.seconds, event["seconds"])
        test.output += event["output"]
        test.pictures += event["pictures"]
        worse = event["outcome"] != "passed"
        if test.outcome != "failed" and (worse or event["when"] == "call"):
            test.outcome = event["outcome"]
        if event["outcome"] == "failed" and not test.failure:
            test.failure = {**event["failure"], "reason": _reason(event)}
            if event["failure"]["type"] == "MemoryError":
                test.failure["limit"] = "memory"

    def _on_stack(self, event: Event) -> None:
        self._stack.append(event["text"])

    def _on_broken(self, event: Event) -> None:
        self._end_test({**event, "reason": event["type"]})

    def _on_together(self, event: Event) -> None:
        tests = event["tests"]
        for run in self.job.together:
            self.outcomes.append(Outcome(run, {name: Test(name, "passed") for name in tests}))

    def _on_alive(self, event: Event) -> None:
        """A test of a run that is not reported by itself has begun."""

    def _on_over(self, event: Event) -> None:
        if event["whole"]:
            self._end_test({"text": ["E   the run ended before this test did"]})
        else:
            self._end_test(_ended(event, self._stack, self.job))

    def _on_done(self, event: Event) -> None:
        if self.tests is None and self.unreadable is None:
            self.unreadable = _ended(
                event, self._stack, replace(self.job, processor_seconds=limits.CPU_SECONDS)
            )
        elif not event["whole"] and self.outcomes:
            self._end_test(_ended(event, self._stack, self.job))

    def _end_test(self, failure: dict[str, Any]) -> None:
        for test in self.outcomes[-1].tests.values() if self.outcomes else ():
            if test.outcome == "unfinished":
                test.outcome, test.failure = "failed", failure


def _reason(event: Event) -> str:
    kind = event["failure"]["type"]
    words = {
        "Deadlock": "waits for ever",
        "Livelock": "never ends",
        "MemoryError": "takes more memory than it may have",
    }
    if kind in words:
        return words[kind]
    return "" if kind in ("AssertionError", "Failed") else kind


def _ended(event: Event, stack: list[str], job: Job) -> dict[str, Any]:
    """Describe a process that ended before it was done."""
    why, status = event.get("why"), event.get("status") or 0
    where = _where(stack, job.shown)
    if why == "memory":
        reason = f"takes more than {limits.MEMORY_BYTES_TOGETHER >> 20} MiB of memory"
    elif why == "processes":
        reason = f"starts more than {limits.PROCESSES} processes"
    elif why == "time":
        reason = f"still running after {limits.WALL_SECONDS:g} s"
    elif stack:
        reason = f"still running after {job.processor_seconds:g} s of processor time"
    elif status < 0:
        reason = f"was killed by signal {-status}"
    else:
        reason = f"ended the whole process (exit status {status})"
    at = where[-1].partition(" ")[0] if where else ""
    return {
        "type": "ended",
        "reason": reason,
        "limit": why or ("processor" if stack else ""),
        "at": at,
        "text": [*where, f"E   {reason}"],
    }


def _where(stack: list[str], shown: str) -> list[str]:
    """Return the learner's own lines of a stack that faulthandler wrote, outermost first."""
    found = [re.search(r'/cell\.py", line (\d+) in (\S+)', entry) for entry in reversed(stack)]
    return [
        f"{shown}:{match[1]} in {match[2]}" for match in found if match and match[2] != "<module>"
    ]

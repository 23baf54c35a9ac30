"""Sends jobs to the engine and puts together what happened in each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from coursekit.grading.engine import Engine
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.protocol import Job


class Asker:
    """Runs jobs for one grading; `restarted` tells whether the server had to be started again."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.restarted = False

    def run(self, jobs: Sequence[Job], while_first_holds: bool = False) -> list[JobOutcome]:
        """Run jobs together and return their outcomes, in their order. Raises EngineError.

        With `while_first_holds` the rest is not waited for once the first run of the first job is
        known to fail.
        """
        results = [JobOutcome(job) for job in jobs]
        # Closed by name: an interrupt's traceback, which the notebook keeps, would keep it open.
        with closing(self.engine.run(jobs)) as events:
            for event in events:
                if event["event"] == "restarted":
                    self.restarted = True
                    results = [JobOutcome(job) for job in jobs]
                    continue
                results[event["job"]].add(event)
                of_first = event["job"] == 0 and event["event"] in ("over", "done")
                if while_first_holds and of_first and _fails(results[0]):
                    break
        return results

    def once_more(self, job: Job) -> JobOutcome:
        """Run a job alone, collected anew."""
        return self.run([job])[0]


def _fails(control: JobOutcome) -> bool:
    if control.unreadable is not None or control.tests == []:
        return True
    return len(control.outcomes) == 1 and bool(control.outcomes[0].failures)

"""Grades a cell: controls on the correct worker first, then what the tests catch.

The controls are runs on the worker as it is (at the start and once more beside the bugs, with the
tests in their order and reversed, and with other seeds for `random`), on each equivalent mutant,
and on seeded schedules. A test that fails at random, every second time or on a busy machine fails
one of them; a bug counts as caught only if the test that failed on it fails on it again.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import asdict, replace

from coursekit.grading import cell, limits
from coursekit.grading.engine import Engine
from coursekit.grading.mutant import Mutant
from coursekit.grading.outcome import JobOutcome, Outcome, Test
from coursekit.grading.protocol import Job, Run
from coursekit.grading.verdict import Bug, Step, Verdict

SCHEDULES = 20
"""Seeds 1 to 20: each shuffles the order of runnable tasks in its own way."""

PLAIN = Run()
AGAIN = Run(numbers=-1)


def grade(engine: Engine, job: Job, exercise: str, mutants: Sequence[Mutant]) -> Verdict:
    """Return the verdict on the cell of `job` for the mutants of one exercise. Raises EngineError."""
    return _Grading(engine, job, exercise, mutants).verdict()


class _Grading:
    def __init__(
        self,
        engine: Engine,
        job: Job,
        exercise: str,
        mutants: Sequence[Mutant],
    ) -> None:
        self.engine = engine
        self.exercise = exercise
        self.job = job
        self.tree = ast.parse(job.source)
        self.bugs = [mutant for mutant in mutants if not mutant.equivalent]
        self.variants = [mutant for mutant in mutants if mutant.equivalent]
        self.restarted = False

    def verdict(self) -> Verdict:
        """Run everything at once and read the results in the order of the steps."""
        if not cell.is_attempted(self.tree):
            return self._stop(Step.NOT_ATTEMPTED, bugs=tuple(map(Bug, self.bugs)))
        half = SCHEDULES // 2
        seeds = [Run(seed, seed) for seed in range(1, SCHEDULES + 1)]
        first = replace(self.job, runs=(PLAIN, Run(numbers=-2, reverse=True), *seeds[:half]))
        last = replace(self.job, runs=(*seeds[half:], AGAIN))
        jobs = [first, *map(self._on, self.variants), *map(self._on, self.bugs), last]
        results = self._run(jobs)
        controls = [results[0], results[-1]]
        return (
            self._reads(controls)
            or self._passes(controls)
            or self._needs_no_order(controls)
            or self._accepts(results[1 : 1 + len(self.variants)])
            or self._needs_no_schedule(controls)
            or self._catches(results[1 + len(self.variants) : -1], controls)
        )

    def _on(self, mutant: Mutant) -> Job:
        seeds = tuple(Run(seed, seed) for seed in range(1, SCHEDULES + 1))
        return replace(
            self.job,
            mutant=asdict(mutant),
            runs=(PLAIN, *seeds) if mutant.schedules else (PLAIN,),
            until_failure=True,
            processor_seconds=limits.CPU_SECONDS_ON_A_MUTANT,
        )

    def _run(self, jobs: Sequence[Job]) -> list[JobOutcome]:
        """Run jobs together; once the first is known to fail on the worker, the rest is not waited for."""
        results = [JobOutcome(job) for job in jobs]
        events = self.engine.run(jobs)
        for event in events:
            if event["event"] == "restarted":
                self.restarted = True
                results = [JobOutcome(job) for job in jobs]
                continue
            results[event["job"]].add(event)
            ended = event["event"] in ("over", "done")
            if ended and event["job"] == 0 and self._is_hopeless(results[0]):
                events.close()
                break
        return results

    @staticmethod
    def _is_hopeless(control: JobOutcome) -> bool:
        if control.unreadable is not None or control.tests == []:
            return True
        return len(control.outcomes) == 1 and bool(control.outcomes[0].failures)

    def _reads(self, controls: list[JobOutcome]) -> Verdict | None:
        unreadable = controls[0].unreadable
        if unreadable is not None:
            failure = Test("the cell", "failed", {"reason": "", **unreadable})
            return self._stop(Step.UNREADABLE, failures=(failure,))
        if not controls[0].tests:
            return self._stop(Step.NOT_ATTEMPTED, bugs=tuple(map(Bug, self.bugs)))
        self.tests = tuple(controls[0].tests)
        return None

    def _passes(self, controls: list[JobOutcome]) -> Verdict | None:
        first = controls[0].outcomes[0]
        if first.failures:
            (again,) = self._run([self.job])
            if not again.outcomes or _failed(again.outcomes[0]) != _failed(first):
                return self._stop(Step.UNSTEADY, failures=first.failures)
            return self._stop(Step.FAILS, failures=first.failures)
        last = controls[1].outcomes[-1]
        if last.failures:
            return self._stop(Step.UNSTEADY, failures=last.failures)
        return None

    def _needs_no_order(self, controls: list[JobOutcome]) -> Verdict | None:
        backwards = controls[0].outcomes[1]
        if not backwards.failures:
            return None
        alone = [replace(backwards.run, reverse=False), backwards.run]
        (again,) = self._run([replace(self.job, runs=tuple(alone))])
        in_order, reversed_again = again.outcomes
        if in_order.failures or _failed(reversed_again) != _failed(backwards):
            return self._stop(Step.UNSTEADY, failures=backwards.failures)
        return self._stop(Step.NEEDS_ORDER, failures=backwards.failures)

    def _accepts(self, results: list[JobOutcome]) -> Verdict | None:
        for variant, result in zip(self.variants, results, strict=True):
            if not result.outcomes or not result.outcomes[0].failures:
                continue
            step = Step.OVER_STRICT if self._is_sure(result) else Step.UNSTEADY
            return self._stop(step, failures=result.outcomes[0].failures, variant=variant)
        return None

    def _needs_no_schedule(self, controls: list[JobOutcome]) -> Verdict | None:
        outcomes = [
            outcome
            for control in controls
            for outcome in control.outcomes
            if outcome.run.schedule is not None
        ]
        failing = [outcome for outcome in outcomes if outcome.failures]
        if not failing:
            return None
        first = failing[0]
        in_usual_order = replace(first.run, schedule=None)
        (again,) = self._run([replace(self.job, runs=(first.run, in_usual_order))])
        same, usual = again.outcomes
        if usual.failures or _failed(same) != _failed(first):
            return self._stop(Step.UNSTEADY, failures=first.failures)
        return self._stop(
            Step.NEEDS_SCHEDULE,
            failures=first.failures,
            seed=first.run.schedule,
            seeds_passed=len(outcomes) - len(failing),
        )

    def _catches(self, results: list[JobOutcome], controls: list[JobOutcome]) -> Verdict:
        bugs = []
        for mutant, result in zip(self.bugs, self._with_time(results, controls), strict=True):
            failing = next((o for o in result.outcomes if o.failures), None)
            if failing is None:
                bugs.append(Bug(mutant))
            elif not self._is_sure(result):
                return self._stop(Step.UNSTEADY, failures=failing.failures, variant=None)
            else:
                bugs.append(Bug(mutant, failing.failures[0], failing.run.schedule))
        empty = tuple(test.name for test in cell.tests_of(self.tree) if cell.checks_nothing(test))
        graded = self._stop(Step.GRADED, bugs=tuple(bugs), empty=empty)
        if graded.caught == 0 and len(empty) == len(cell.tests_of(self.tree)):
            return replace(graded, step=Step.CHECKS_NOTHING)
        return graded

    def _with_time(self, results: list[JobOutcome], controls: list[JobOutcome]) -> list[JobOutcome]:
        """Run again, with more time, what met the limit of a test that is slow on the worker too."""
        slowest = max(
            test.seconds
            for control in controls
            for o in control.outcomes
            for test in o.tests.values()
        )
        allowed = limits.CPU_SECONDS_ON_A_MUTANT + 5 * slowest
        slow = [
            position
            for position, result in enumerate(results)
            if slowest > 0.1
            and any("processor time" in t.reason for o in result.outcomes for t in o.failures)
        ]
        longer = [replace(results[position].job, processor_seconds=allowed) for position in slow]
        for position, result in zip(slow, self._run(longer) if longer else [], strict=True):
            results[position] = result
        return results

    def _is_sure(self, result: JobOutcome) -> bool:
        """Return whether the first failure of a job is known not to be an accident."""
        failing = next(o for o in result.outcomes if o.failures)
        if failing is not result.outcomes[-1]:
            return bool(result.outcomes[-1].failures)
        if any("processor time" in test.reason for test in failing.failures):
            return True  # counted by the system, so the same on a busy machine
        # The run was ended from outside and left no word: make it once more.
        (again,) = self._run([replace(result.job, runs=(failing.run,))])
        return any(o.failures for o in again.outcomes)

    def _stop(
        self,
        step: Step,
        failures: Sequence[Test] = (),
        variant: Mutant | None = None,
        seed: int | None = None,
        seeds_passed: int = 0,
        bugs: tuple[Bug, ...] = (),
        empty: tuple[str, ...] = (),
    ) -> Verdict:
        return Verdict(
            self.exercise,
            step,
            tests=getattr(self, "tests", ()),
            failures=tuple(failures),
            variant=variant,
            variants=len(self.variants),
            schedules=SCHEDULES,
            seeds_passed=seeds_passed,
            seed=seed,
            bugs=bugs,
            empty=empty,
            restarted=self.restarted,
        )


def _failed(outcome: Outcome) -> set[str]:
    return {test.name for test in outcome.failures}

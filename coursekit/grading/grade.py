"""Grades a cell: controls on the correct worker first, then what the tests catch.

The controls are runs on the worker as it is (at the start and once more beside the bugs, with the
tests in their order and reversed, and with other seeds for `random`), on each equivalent mutant,
and on seeded schedules. A test that fails at random, every second time or on a busy machine fails
one of them; a bug counts as caught only if the test that failed on it fails on it again.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Sequence
from dataclasses import replace

from coursekit.grading import elsewhere, inspection, repeating
from coursekit.grading.asking import Asker
from coursekit.grading.catching import AccidentError, Catching
from coursekit.grading.engine import Engine
from coursekit.grading.mutant import Mutant
from coursekit.grading.outcome import JobOutcome, Outcome, Test
from coursekit.grading.plan import BACKWARDS, SCHEDULES, plan
from coursekit.grading.protocol import Job, Run
from coursekit.grading.verdict import Bug, Step, Verdict


def grade(engine: Engine, job: Job, exercise: str, mutants: Sequence[Mutant]) -> Verdict:
    """Return the verdict on the cell of `job` for the mutants of one exercise.

    Raises EngineError.
    """
    return _Grading(engine, job, exercise, mutants).verdict()


class _Grading:
    def __init__(self, engine: Engine, job: Job, exercise: str, mutants: Sequence[Mutant]) -> None:
        self.asker = Asker(engine)
        self.exercise = exercise
        self.job = job
        self.tree = ast.parse(job.source)
        self.bugs = [mutant for mutant in mutants if not mutant.equivalent]
        self.variants = [mutant for mutant in mutants if mutant.equivalent]
        acts = any(map(inspection.acts_when_imported, (self.tree, ast.parse(job.earlier))))
        differs = acts or inspection.names_its_process(self.tree)
        self.plan = plan(job, mutants, differs)
        self.catching = Catching(self.asker, anew=differs)
        self.tests: tuple[str, ...] = ()

    def verdict(self) -> Verdict:
        """Run everything at once and read the results in the order of the steps."""
        if not inspection.is_attempted(self.tree):
            return self._not_attempted()
        self.started = time.monotonic()
        results = self.asker.run(self.plan.jobs, while_first_holds=True)
        by_job = iter(results)
        first = next(by_job)
        variants = [next(by_job) for _ in self.plan.variants]
        bugs = [next(by_job) for _ in self.plan.bugs]
        controls = [first, *by_job]
        try:
            return (
                self._reads(first)
                or self._passes(controls)
                or self._needs_no_order(first)
                or self._is_steady_on_schedules(controls)
                or self._accepts(variants)
                or self._needs_no_schedule(controls)
                or self._holds_elsewhere()
                or self._catches(bugs, controls)
            )
        except AccidentError as accident:
            return self._stop(Step.UNSTEADY, failures=accident.failures)

    def _not_attempted(self) -> Verdict:
        return self._stop(Step.NOT_ATTEMPTED, bugs=tuple(map(Bug, self.bugs)))

    def _reads(self, first: JobOutcome) -> Verdict | None:
        if first.unreadable is not None:
            failure = Test("the cell", "failed", {"reason": "", **first.unreadable})
            always = failure.limit or self.asker.once_more(self.job).unreadable
            return self._stop(Step.UNREADABLE if always else Step.UNSTEADY, failures=(failure,))
        if not first.tests:
            return self._not_attempted()
        self.tests = tuple(first.tests)
        return None

    def _passes(self, controls: list[JobOutcome]) -> Verdict | None:
        first = controls[0].outcomes[0]
        if first.failures:
            always = any(test.limit for test in first.failures) or repeating.always_fails(
                self.asker, self.job, self.tree, first
            )
            return self._stop(Step.FAILS if always else Step.UNSTEADY, failures=first.failures)
        return next(filter(None, map(self._holds, controls[1:])), None)

    def _holds(self, control: JobOutcome) -> Verdict | None:
        """Stop if what passed on the worker before did not pass in `control`."""
        if control.unreadable is not None:
            failure = Test("the cell", "failed", {"reason": "", **control.unreadable})
            return self._stop(Step.UNSTEADY, failures=(failure,))
        if control.outcomes[0].failures:
            return self._stop(Step.UNSTEADY, failures=control.outcomes[0].failures)
        return None

    def _needs_no_order(self, first: JobOutcome) -> Verdict | None:
        backwards = first.outcomes[1]
        if not backwards.failures:
            return None
        in_order = replace(BACKWARDS, reverse=False)
        needs = len(self.tests) > 1 and self._comes_again(backwards, in_order)
        step = Step.NEEDS_ORDER if needs else Step.UNSTEADY
        return self._stop(step, failures=backwards.failures)

    def _comes_again(self, failing: Outcome, passing: Run) -> bool:
        return repeating.comes_again(self.asker, self.job, failing, passing)

    def _accepts(self, results: list[JobOutcome]) -> Verdict | None:
        for variant, result in zip(self.variants, results, strict=True):
            catch = self.catching.catch(result)
            if catch is not None:
                return self._stop(Step.OVER_STRICT, failures=catch.failures, variant=variant)
        return None

    def _is_steady_on_schedules(self, controls: list[JobOutcome]) -> Verdict | None:
        first = next((o for o in _on_schedules(controls) if o.failures), None)
        if first is None or self._comes_again(first, replace(first.run, schedule=None)):
            return None
        return self._stop(Step.UNSTEADY, failures=first.failures)

    def _needs_no_schedule(self, controls: list[JobOutcome]) -> Verdict | None:
        outcomes = _on_schedules(controls)
        failing = [outcome for outcome in outcomes if outcome.failures]
        if not failing:
            return None
        return self._stop(
            Step.NEEDS_SCHEDULE,
            failures=failing[0].failures,
            seed=failing[0].run.schedule,
            seeds_passed=len(outcomes) - len(failing),
        )

    def _holds_elsewhere(self) -> Verdict | None:
        control = elsewhere.run(self.asker.engine, self.job, self.tree, self.started)
        return None if control is None else self._holds(control)

    def _catches(self, results: list[JobOutcome], controls: list[JobOutcome]) -> Verdict:
        bugs = self.catching.bugs(self.bugs, results, controls)
        tests = inspection.tests_of(self.tree)
        # A test that has caught something checks something, in whatever way.
        catchers = {bug.caught_by.name.partition("[")[0] for bug in bugs if bug.caught_by}
        empty = tuple(
            test.name
            for test in tests
            if inspection.checks_nothing(test) and test.name not in catchers
        )
        graded = self._stop(Step.GRADED, bugs=bugs, empty=empty)
        if graded.caught == 0 and len(empty) == len(tests):
            return replace(graded, step=Step.CHECKS_NOTHING)
        return graded

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
            tests=self.tests,
            failures=tuple(failures),
            variant=variant,
            variants=len(self.variants),
            schedules=SCHEDULES,
            seeds_passed=seeds_passed,
            seed=seed,
            bugs=bugs,
            empty=empty,
            restarted=self.asker.restarted,
            shown=self.job.shown,
        )


def _on_schedules(controls: list[JobOutcome]) -> list[Outcome]:
    outcomes = [outcome for control in controls for outcome in control.outcomes]
    return [outcome for outcome in outcomes if outcome.run.schedule is not None]

"""Tells which bugs the tests catch, and a failure that comes of a bug from an accident."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from coursekit.grading import limits
from coursekit.grading.asking import Asker
from coursekit.grading.mutant import Mutant
from coursekit.grading.outcome import JobOutcome, Test
from coursekit.grading.verdict import Bug


class AccidentError(Exception):
    """A test failed on a mutant, and then it did not: it says nothing about the bug."""

    def __init__(self, failures: Sequence[Test]) -> None:
        super().__init__()
        self.failures = tuple(failures)


@dataclass(frozen=True)
class Catch:
    """What failed on a mutant, and on which schedule if not on the usual one."""

    failures: tuple[Test, ...]
    schedule: int | None = None


class Catching:
    """Reads what the jobs on mutants say.

    With `anew` a failure must come again in a job of its own: what the cell does when it is
    imported may be the accident.
    """

    def __init__(self, asker: Asker, anew: bool) -> None:
        self.asker = asker
        self.anew = anew

    def bugs(
        self,
        mutants: Iterable[Mutant],
        results: list[JobOutcome],
        controls: Sequence[JobOutcome],
    ) -> tuple[Bug, ...]:
        """Return what became of each bug. Raises AccidentError."""
        with_time = self._with_time(results, controls)
        return tuple(
            self._bug(mutant, result) for mutant, result in zip(mutants, with_time, strict=True)
        )

    def _bug(self, mutant: Mutant, result: JobOutcome) -> Bug:
        catch = self.catch(result)
        return Bug(mutant) if catch is None else Bug(mutant, catch.failures[0], catch.schedule)

    def catch(self, result: JobOutcome) -> Catch | None:
        """Return what failed on a mutant, None if nothing did. Raises AccidentError."""
        if result.unreadable is not None:
            broken = Test("the cell", "failed", {"reason": "", **result.unreadable})
            if not broken.reason:
                broken.failure["reason"] = f"{broken.failure['type']} before the first test"
            if self.asker.once_more(result.job).unreadable is None:
                raise AccidentError([broken])
            return Catch((broken,))
        failing = next((outcome for outcome in result.outcomes if outcome.failures), None)
        if failing is None:
            return None
        found = Catch(tuple(failing.failures), failing.run.schedule)
        if not self._comes_again(result, found):
            raise AccidentError(failing.failures)
        return found

    def _comes_again(self, result: JobOutcome, found: Catch) -> bool:
        failing = next(outcome for outcome in result.outcomes if outcome.failures)
        if any(test.limit == "processor" for test in found.failures):
            return True  # counted by the system, so the same on a busy machine
        is_sure = failing is not result.outcomes[-1] and bool(result.outcomes[-1].failures)
        if is_sure and not self.anew:
            return True
        if failing is not result.outcomes[-1] and not is_sure:
            return False
        # The run was ended from outside and left no word, or the cell itself may be moody.
        again = self.asker.once_more(replace(result.job, runs=(failing.run,)))
        return any(outcome.failures for outcome in again.outcomes)

    def _with_time(
        self, results: list[JobOutcome], controls: Sequence[JobOutcome]
    ) -> list[JobOutcome]:
        """Run again, with more time, what met the limit of a test slow on the worker too."""
        tests = [
            test for control in controls for o in control.outcomes for test in o.tests.values()
        ]
        slowest = max((test.seconds for test in tests), default=0.0)
        slow = [result for result in results if slowest > 0.1 and _met_the_limit(result)]
        allowed = limits.CPU_SECONDS_ON_A_MUTANT + 5 * slowest
        longer = [replace(result.job, processor_seconds=allowed) for result in slow]
        again = iter(self.asker.run(longer))
        return [next(again) if result in slow else result for result in results]


def _met_the_limit(result: JobOutcome) -> bool:
    failures = (test for outcome in result.outcomes for test in outcome.failures)
    return any(test.limit == "processor" for test in failures)

"""The jobs of one grading: controls on the correct worker, its correct variants, its bugs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from coursekit.grading import limits
from coursekit.grading.mutant import Mutant
from coursekit.grading.protocol import Job, Run

SCHEDULES = 20
"""Seeds 1 to 20: each shuffles the order of runnable tasks in its own way."""

MORE_CONTROLS = 6
"""How often more a cell is collected and run that differs by import or by process."""

PLAIN = Run()
BACKWARDS = Run(numbers=-2, reverse=True)
AGAIN = Run(numbers=-1)
SEEDS = tuple(Run(seed, seed) for seed in range(1, SCHEDULES + 1))


@dataclass(frozen=True)
class Plan:
    """The jobs of one grading; the controls stand before and behind the others."""

    first: Job
    last: Job
    more_controls: tuple[Job, ...]
    variants: tuple[Job, ...]
    bugs: tuple[Job, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, in the order they are sent."""
        return (self.first, *self.variants, *self.bugs, *self.more_controls, self.last)


def plan(job: Job, mutants: Sequence[Mutant], differs: bool) -> Plan:
    """Return the jobs that grade the cell of `job` by `mutants`.

    `differs` tells that the cell does something when it is imported, or asks for its process.
    """
    hurried = replace(job, processor_seconds=limits.CPU_SECONDS_ON_A_MUTANT)
    half = SCHEDULES // 2
    more = range(-3, -3 - MORE_CONTROLS, -1) if differs else ()
    return Plan(
        first=replace(job, runs=(PLAIN, BACKWARDS), together=SEEDS[:half]),
        last=replace(job, runs=(AGAIN,), together=SEEDS[half:], numbers=AGAIN.numbers),
        more_controls=tuple(
            replace(job, runs=(Run(numbers=number),), numbers=number) for number in more
        ),
        variants=tuple(_on(mutant, job) for mutant in mutants if mutant.equivalent),
        bugs=tuple(_on(mutant, hurried) for mutant in mutants if not mutant.equivalent),
    )


def _on(mutant: Mutant, job: Job) -> Job:
    runs = (PLAIN, *SEEDS) if mutant.schedules else (PLAIN,)
    return replace(job, mutant=asdict(mutant), runs=runs, until_failure=True)

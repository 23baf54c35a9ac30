"""What the grader says of the exercises' cells: one engine for all, and each cell graded once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import exercise_cells

from coursekit.grading.engine import Engine
from coursekit.grading.grade import grade
from coursekit.grading.mutant import of_exercise
from coursekit.grading.project import find
from coursekit.grading.verdict import Verdict

Graded = Callable[[str, str], Verdict]
"""From the name of an exercise and a tag to the verdict on its one cell with that tag."""


@contextmanager
def graded() -> Iterator[Graded]:
    """Grade cells for the length of the block."""
    engine = Engine(find(exercise_cells.ROOT))

    @functools.cache
    def verdict(exercise: str, tag: str) -> Verdict:
        (written,) = exercise_cells.find(exercise, tag)
        mutants = of_exercise(exercise_cells.MUTANTS, exercise)
        return grade(engine, written.job(), exercise, mutants)

    try:
        yield verdict
    finally:
        engine.close()

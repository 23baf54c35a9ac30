"""One engine for all of the matrix, and each cell graded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import exercise_cells
import pytest

from coursekit.grading import mutant, project
from coursekit.grading.engine import Engine
from coursekit.grading.grade import grade
from coursekit.grading.verdict import Verdict


@pytest.fixture(scope="session")
def graded() -> Iterator[Callable[[str, str], Verdict]]:
    """Return the verdict on the one cell of an exercise that carries a tag."""
    engine = Engine(project.find(exercise_cells.ROOT))
    verdicts: dict[tuple[str, str], Verdict] = {}

    def verdict(exercise: str, tag: str) -> Verdict:
        if (exercise, tag) not in verdicts:
            (written,) = exercise_cells.find(exercise, tag)
            mutants = mutant.of_exercise(exercise_cells.MUTANTS, exercise)
            verdicts[exercise, tag] = grade(engine, written.job(), exercise, mutants)
        return verdicts[exercise, tag]

    yield verdict
    engine.close()

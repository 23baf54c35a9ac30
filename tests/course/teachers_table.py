"""The table for teachers: `python tests/course/teachers_table.py` prints it for the README."""

from __future__ import annotations

from collections.abc import Callable

import exercise_cells

from coursekit.grading.engine import Engine
from coursekit.grading.grade import grade
from coursekit.grading.mutant import of_exercise
from coursekit.grading.project import find
from coursekit.grading.verdict import Verdict

HEAD = """\
| exercise | minutes | bugs | correct variants | first attempt catches | solution catches |
|---|---:|---:|---:|---:|---:|"""


def table(graded: Callable[[str, str], Verdict]) -> str:
    """Return the table in Markdown: a row for each exercise and one for them all."""
    rows = [HEAD]
    sums = [0] * 5
    for exercise in exercise_cells.EXERCISES:
        first, solution = (graded(exercise.name, tag) for tag in ("first-attempt", "solution"))
        numbers = [
            exercise.minutes,
            len(solution.bugs),
            solution.variants,
            first.caught,
            solution.caught,
        ]
        sums = [total + number for total, number in zip(sums, numbers, strict=True)]
        rows.append(_row(f"{exercise.name} {exercise.title}", numbers))
    rows.append(_row(f"**{len(exercise_cells.EXERCISES)} exercises**", sums))
    return "\n".join(rows)


def _row(title: str, numbers: list[int]) -> str:
    return f"| {title} | {' | '.join(map(str, numbers))} |"


def _main() -> None:
    engine = Engine(find(exercise_cells.ROOT))

    def graded(exercise: str, tag: str) -> Verdict:
        (written,) = exercise_cells.find(exercise, tag)
        mutants = of_exercise(exercise_cells.MUTANTS, exercise)
        return grade(engine, written.job(), exercise, mutants)

    print(table(graded))
    engine.close()


if __name__ == "__main__":
    _main()

"""The table for teachers: `python tests/course/teachers_table.py` prints it for the README."""

from __future__ import annotations

import exercise_cells
from exercise_verdicts import Graded, graded

HEAD = """\
| exercise | minutes | bugs | correct variants | first attempt catches | solution catches |
|---|---:|---:|---:|---:|---:|"""


def table(verdict: Graded) -> str:
    """Return the table in Markdown: a row for each exercise and one for them all."""
    rows = [HEAD]
    sums = [0] * 5
    for exercise in exercise_cells.EXERCISES:
        first, solution = (verdict(exercise.name, tag) for tag in ("first-attempt", "solution"))
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


if __name__ == "__main__":
    with graded() as verdicts:
        print(table(verdicts))

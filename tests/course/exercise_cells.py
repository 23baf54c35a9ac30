"""The exercises with their cells, as jobs for the grader: starter, first attempt, solution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from coursekit.grading import cell, earlier, mutant, project
from coursekit.grading.protocol import Job
from coursekit.notebooks import course

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))

EXERCISES = [exercise for notebook in NOTEBOOKS for exercise in course.exercises(notebook)]
IDS = [exercise.name for exercise in EXERCISES]

MUTANTS = mutant.load(project.find(ROOT).mutants)

WRITTEN_IN = {"starter": "notebooks", "first-attempt": "solutions", "solution": "solutions"}


@dataclass(frozen=True)
class ExerciseCell:
    """One cell of an exercise, with the text of the cells before it."""

    notebook: Path
    text: str
    before: tuple[str, ...]

    def job(self) -> Job:
        """What the notebook would ask the grader for. Raises CellError."""
        tree = cell.parse(self.text)
        defined = earlier.definitions(map(_without_magic, self.before))
        names, definitions = earlier.borrow(cell.outside_names(tree), defined, {})
        source = cell.module(self.text, tree, names, definitions)
        return Job(source.text, source.earlier, folder=self.notebook.parent.name)


def find(exercise: str, tag: str) -> list[ExerciseCell]:
    """Return the cells of an exercise that carry `tag`."""
    folder = WRITTEN_IN[tag]
    return [
        ExerciseCell(path, text, before)
        for path in sorted((ROOT / folder).glob("*.ipynb"))
        for tags, text, before in _code_cells(path)
        if tag in tags and course.exercise_of(text) == exercise
    ]


def _code_cells(path: Path) -> Iterator[tuple[list[str], str, tuple[str, ...]]]:
    before: list[str] = []
    for written in nbformat.read(path, as_version=4).cells:
        if written.cell_type == "code":
            yield written.metadata.get("tags", []), written.source, tuple(before)
            before.append(written.source)


def _without_magic(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith(("%", "!")))

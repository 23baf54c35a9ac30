"""The terminal's door: `pytest --exercise 2.3 test_mine.py` grades as the notebook does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from coursekit.grading.mutant import Mutant
    from coursekit.grading.project import Project
    from coursekit.grading.verdict import Verdict


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the course."""
    group = parser.getgroup("course")
    group.addoption(
        "--exercise", metavar="ID", help="grade one file of tests by the bugs of this exercise"
    )
    group.addoption(
        "--reveal",
        metavar="NAME",
        action="append",
        default=[],
        help="with --exercise: show the change behind a bug",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Grade instead of running; the exit status is 0 if every bug is caught, else 1."""
    exercise = config.option.exercise
    if exercise is None:
        if config.option.reveal:
            raise pytest.UsageError("--reveal goes with --exercise ID")
        return None
    files = [Path(argument) for argument in config.args]
    if len(files) != 1 or not files[0].is_file():
        raise pytest.UsageError("--exercise grades one file: pytest --exercise 2.3 test_mine.py")
    return _grade(files[0].resolve(), exercise, config.option.reveal)


def _grade(path: Path, exercise: str, reveal: list[str]) -> int:
    # Imported only here: this plugin loads in every pytest of its environment.
    from coursekit.grading import cell, engine, mutant, project, text
    from coursekit.grading.source import diffs

    try:
        place = project.find(path.parent)
        if not place.mutants.is_dir():  # a file of one's own elsewhere, graded from the course
            place = project.find(Path.cwd())
        mutants = mutant.of_exercise(mutant.load(place.mutants), exercise)
        for name in reveal:
            mutant.named(mutants, name)
        result = _verdict(path, place, exercise, mutants)
        changes = diffs(mutants, place.root)
    except (
        cell.CellError,
        engine.EngineError,
        mutant.MutantError,
        project.ProjectError,
    ) as mistake:
        raise pytest.UsageError(str(mistake)) from None
    print(text.verdict(result, {name: changes[name] for name in reveal}))
    return 0 if result.solved else 1


def _verdict(path: Path, place: Project, exercise: str, mutants: list[Mutant]) -> Verdict:
    from coursekit.grading import cell
    from coursekit.grading.engine import Engine
    from coursekit.grading.grade import grade
    from coursekit.grading.protocol import Job

    written = path.read_text(encoding="utf-8")
    source = cell.module(written, cell.parse(written, path.name), [], "")
    inside = path.is_relative_to(place.root)
    folder = str(path.parent.relative_to(place.root)) if inside else ""
    server = Engine(place)
    try:
        job = Job(source.text, folder=folder, shown=path.name)
        return grade(server, job, exercise, mutants)
    finally:
        server.close()

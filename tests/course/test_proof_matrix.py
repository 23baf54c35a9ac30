"""Each exercise: unsolved at first, not solved by its first attempt, solved by its solution."""

from __future__ import annotations

import exercise_cells
import pytest
from exercise_cells import MUTANTS

from coursekit.grading import text
from coursekit.grading.verdict import Step

each_exercise = pytest.mark.parametrize("exercise", exercise_cells.IDS)

UNSOLVED = {Step.NOT_ATTEMPTED, Step.CHECKS_NOTHING, Step.GRADED}
"""Where a starter may stand. It passes on the worker; what it lacks is what it does not catch."""


@each_exercise
@pytest.mark.parametrize("tag", exercise_cells.WRITTEN_IN)
def test_each_exercise_has_one_cell_of_each_kind(exercise, tag):
    assert len(exercise_cells.find(exercise, tag)) == 1


@each_exercise
def test_the_cells_of_an_exercise_stand_in_notebooks_of_the_same_name(exercise):
    names = {
        exercise_cells.find(exercise, tag)[0].notebook.name for tag in exercise_cells.WRITTEN_IN
    }
    assert len(names) == 1


@each_exercise
def test_the_starter_says_what_is_to_do(exercise):
    (starter,) = exercise_cells.find(exercise, "starter")
    assert "# TODO" in starter.text


@each_exercise
def test_the_starter_lacks_nothing_but_tests(graded, exercise):
    verdict = graded(exercise, "starter")
    assert verdict.step in UNSOLVED, text.verdict(verdict)
    assert not verdict.solved


@each_exercise
def test_the_first_attempt_passes_on_the_worker_and_lets_a_bug_escape(graded, exercise):
    verdict = graded(exercise, "first-attempt")
    assert verdict.step is Step.GRADED, text.verdict(verdict)
    assert verdict.caught < len(verdict.bugs), text.verdict(verdict)


@each_exercise
def test_the_solution_passes_everywhere_and_catches_every_bug(graded, exercise):
    verdict = graded(exercise, "solution")
    assert verdict.solved, text.verdict(verdict)
    assert not verdict.empty, text.verdict(verdict)


@each_exercise
def test_each_exercise_has_a_bug_and_a_correct_variant(exercise):
    own = [mutant for mutant in MUTANTS if mutant.exercise == exercise]
    assert any(mutant.equivalent for mutant in own)
    assert any(not mutant.equivalent for mutant in own)


@each_exercise
def test_a_bug_of_schedules_is_caught_only_on_one(graded, exercise):
    bugs = [bug for bug in graded(exercise, "solution").bugs if bug.mutant.schedules]
    caught_without = [bug.mutant.name for bug in bugs if bug.schedule is None]
    assert caught_without == [], "drop `schedules = true`"

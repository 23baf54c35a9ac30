"""Each step of a verdict, reached by a cell that stops there."""

from __future__ import annotations

import pytest

from coursekit.grading import text
from coursekit.grading.verdict import Step, Verdict
from tests.coursekit.grading import sample
from tests.coursekit.grading.conftest import Grade

TOP = "%%ipytest --exercise 1.1\nimport asyncio\nimport pytest\nfrom pool import again, run_all\n"


def escaped(verdict: Verdict) -> list[str]:
    return [bug.mutant.name for bug in verdict.bugs if bug.caught_by is None]


def test_an_empty_test_is_not_attempted(grade_cell: Grade) -> None:
    verdict = grade_cell(TOP + "async def test_a():\n    ...  # TODO\n")
    assert verdict.step is Step.NOT_ATTEMPTED
    assert text.verdict(verdict) == (
        "Exercise 1.1: not attempted yet\n"
        "6 bugs wait for a test. Write one in this cell and run it."
    )


def test_a_cell_without_tests_is_not_attempted(grade_cell: Grade) -> None:
    assert grade_cell(TOP + "def helper():\n    assert 0\n").step is Step.NOT_ATTEMPTED


def test_an_exception_at_the_top_stops_before_the_first_test(grade_cell: Grade) -> None:
    verdict = grade_cell(TOP + "limit = 1 / 0\n\ndef test_a():\n    assert limit\n")
    assert verdict.step is Step.UNREADABLE
    said = text.verdict(verdict)
    assert said.startswith("Exercise 1.1: the cell fails before its first test\n")
    assert "cell:5 in <module>" in said
    assert "ZeroDivisionError: division by zero" in said


def test_a_test_that_fails_on_the_worker_is_shown_with_its_line(grade_cell: Grade) -> None:
    verdict = grade_cell(
        TOP + "async def test_a():\n    assert await again(job, 1) == 2\n\n"
        "async def job():\n    return 1\n"
    )
    assert verdict.step is Step.FAILS
    said = text.verdict(verdict)
    assert said.startswith("Exercise 1.1: test_a fails on the worker as it is\n")
    assert "test_a  cell:6" in said
    assert "E   assert 1 == 2" in said


def test_a_test_that_needs_the_one_before_it_is_told_so(grade_cell: Grade) -> None:
    verdict = grade_cell(
        TOP + "seen = []\n\ndef test_first():\n    seen.append(1)\n\n"
        "def test_second():\n    assert seen == [1]\n"
    )
    assert verdict.step is Step.NEEDS_ORDER
    assert "test_second passes only after the tests before it" in text.verdict(verdict)


def test_a_test_that_asks_too_much_is_over_strict(grade_cell: Grade) -> None:
    verdict = grade_cell(
        TOP
        + """
async def test_jobs_begin_in_order():
    begun = []
    async def job(n):
        begun.append(n)
    await run_all([lambda n=n: job(n) for n in range(3)], 2)
    assert begun == [0, 1, 2]
"""
    )
    assert verdict.step is Step.OVER_STRICT
    said = text.verdict(verdict)
    assert "test_jobs_begin_in_order is over-strict" in said
    assert "It fails on last-first, a correct variant of the worker:" in said
    assert "In which order jobs begin is not promised." in said


def test_a_test_that_needs_a_schedule_names_the_seed_that_replays_it(grade_cell: Grade) -> None:
    verdict = grade_cell(
        TOP
        + """
async def test_the_first_task_is_first():
    seen = []
    async def note(n):
        seen.append(n)
    await asyncio.gather(note(1), note(2))
    assert seen[0] == 1
"""
    )
    assert verdict.step is Step.NEEDS_SCHEDULE
    assert verdict.seed is not None
    assert 0 < verdict.seeds_passed < verdict.schedules == 20
    said = text.verdict(verdict)
    assert f"passes on {verdict.seeds_passed} of 20 schedules" in said
    assert f"%%ipytest --schedule {verdict.seed}" in said


def test_tests_without_any_check_check_nothing(grade_cell: Grade) -> None:
    verdict = grade_cell(TOP + "async def test_it_runs():\n    await run_all([], 2)\n")
    assert verdict.step is Step.CHECKS_NOTHING
    said = text.verdict(verdict)
    assert "1 test passes whatever the worker does" in said
    assert "test_it_runs has no assert and no pytest.raises: only an error fails it." in said
    assert said.endswith("0 of 6 bugs caught")


def test_good_tests_catch_every_bug_and_say_who_caught_it(grade_cell: Grade) -> None:
    verdict = grade_cell("%%ipytest\n" + sample.FOUR_TESTS)
    assert verdict.solved
    assert text.verdict(verdict).splitlines()[:3] == [
        "Exercise 1.1: 4 tests pass on the worker, on 2 correct variants of it and on 20 schedules",
        "",
        "caught   limit-off-by-one       by test_never_more_than_the_limit_run_at_once",
    ]


def test_a_first_attempt_lets_some_escape_with_story_and_hint(grade_cell: Grade) -> None:
    verdict = grade_cell(
        TOP
        + """
async def test_outcomes_stand_in_order():
    async def job(n):
        return n
    assert await run_all([lambda n=n: job(n) for n in range(3)], 2) == [
        ("done", 0), ("done", 1), ("done", 2)
    ]
"""
    )
    assert verdict.step is Step.GRADED
    assert not verdict.solved
    assert escaped(verdict) == [
        "limit-off-by-one",
        "runs-one-by-one",
        "failure-keeps-slot",
        "one-failure-stops-all",
        "constant-pause",
    ]
    said = text.verdict(verdict)
    assert '"By noon the worker had no slots left."' in said
    assert "hint: Let some jobs fail first, then count again." in said
    assert said.endswith("1 of 6 bugs caught")


@pytest.mark.parametrize(
    ("bug", "reason"),
    [("hangs", "waits for ever"), ("spins", "still running after 1 s of processor time")],
)
def test_a_bug_that_never_ends_is_caught_with_its_reason(
    grade_cell: Grade, bug: str, reason: str
) -> None:
    verdict = grade_cell(
        TOP + "async def test_a():\n    assert await run_all([], 2) == []\n", "1.2"
    )
    caught = {bug.mutant.name: bug.caught_by for bug in verdict.bugs}
    assert verdict.solved
    assert caught[bug] is not None
    assert caught[bug].reason == reason


def test_a_bug_is_caught_in_a_program_that_the_test_starts(grade_cell: Grade) -> None:
    verdict = grade_cell(
        TOP
        + """
import os
import subprocess
import sys
import pool

def test_the_program_prints_its_answers(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(pool.__file__), prepend=os.pathsep)
    done = subprocess.run([sys.executable, "-m", "pool"], capture_output=True, text=True)
    assert done.stdout.count("42") == 3, done.stderr
""",
        "1.3",
    )
    assert verdict.solved, text.verdict(verdict)


def test_a_worker_that_cannot_be_imported_with_a_bug_is_caught(grade_cell: Grade) -> None:
    verdict = grade_cell(TOP + "def test_a():\n    assert run_all\n", "1.4")
    (bug,) = verdict.bugs
    assert bug.caught_by is not None
    assert text.caught_by(bug) == "by the cell: NameError before the first test"


def test_a_bug_that_shows_on_a_shuffled_schedule_names_the_schedule(grade_cell: Grade) -> None:
    verdict = grade_cell(
        TOP
        + """
from pool import hand_over

async def test_what_is_given_arrives():
    assert await hand_over(3) == 3
""",
        "1.5",
    )
    (bug,) = verdict.bugs
    assert bug.caught_by is not None, text.verdict(verdict)
    assert f"on schedule {bug.schedule}: QueueEmpty" in text.caught_by(bug)

"""The options after `%%ipytest`, in a real kernel and as they are read."""

from __future__ import annotations

import pytest

from coursekit.grading import options
from tests.coursekit.grading import sample
from tests.coursekit.grading.kernel import Kernel

TWO = """
import asyncio

async def test_one():
    print("one says")
    await asyncio.sleep(2)

async def test_two():
    seen = []
    async def note(n):
        seen.append(n)
    await asyncio.gather(*map(note, range(5)))
    print(seen)
    assert len(seen) == 5
"""


def test_s_shows_what_passing_tests_print(kernel: Kernel) -> None:
    said = kernel.run(f"%%ipytest -s{TWO}").text
    assert said == (
        "test_one\n  printed:\n    one says\ntest_two\n  printed:\n    [0, 1, 2, 3, 4]\n2 passed\n"
    )


def test_without_it_nothing_is_shown_of_them(kernel: Kernel) -> None:
    assert kernel.run(f"%%ipytest{TWO}").text == "2 passed\n"


def test_k_chooses_tests_by_their_names(kernel: Kernel) -> None:
    assert kernel.run(f"%%ipytest -k two{TWO}").text == "1 passed\n"
    assert kernel.run(f"%%ipytest -k three{TWO}").text == "No test of this cell matches -k three.\n"


def test_a_schedule_is_the_same_each_time_and_not_the_usual_one(kernel: Kernel) -> None:
    first, second = (kernel.run(f"%%ipytest -s -k two --schedule 3{TWO}").text for _ in range(2))
    assert first == second
    assert "[0, 1, 2, 3, 4]" not in first


def test_timeline_draws_each_test_with_a_text_beside(kernel: Kernel) -> None:
    answer = kernel.run(f"%%ipytest --timeline -k one{TWO}")
    assert answer.text.startswith("1 passed\n")
    assert "test_one" in answer.text.removeprefix("1 passed\n")
    assert "<svg" in answer.html


def test_bug_runs_the_cell_with_the_bug_and_grades_nothing(kernel: Kernel) -> None:
    said = kernel.run("%%ipytest --bug order-lost\n" + sample.FOUR_TESTS).text
    assert said.startswith("with the bug order-lost in the worker:\n")
    assert said.endswith("3 passed, 1 failed\n")
    assert "caught" not in said


def test_bug_runs_a_correct_variant_too(kernel: Kernel) -> None:
    said = kernel.run("%%ipytest --bug bounded\n" + sample.FOUR_TESTS).text
    assert said == "with the correct variant bounded in the worker:\n4 passed\n"


def test_reveal_shows_the_change_behind_a_bug(kernel: Kernel) -> None:
    answer = kernel.run("%%ipytest --exercise 1.1 --reveal order-lost\n" + sample.FOUR_TESTS)
    assert "         | +    return outcomes[::-1]\n" in answer.text
    assert "<details open>" in answer.html


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--exercise 9.9", "there is no exercise '9.9'. There are: 1.1, 1.2"),
        ("--bug nothing", "there is no bug 'nothing'. There are: limit-off-by-one,"),
        ("--exercise 1.2 --reveal bounded", "there is no bug 'bounded'. There are: spins, hangs."),
        ("--exercise", "%%ipytest: argument --exercise: expected one argument"),
        ("--excercise 1.1", "%%ipytest: unrecognized arguments: --excercise 1.1"),
        ("--schedule three", "invalid int value: 'three'"),
        ("-k 'one", "No closing quotation. Is a quotation mark missing?"),
        ("-h", "usage: %%ipytest [options]"),
    ],
)
def test_a_mistake_in_the_options_is_told_before_anything_runs(
    kernel: Kernel, line: str, said: str
) -> None:
    answer = kernel.run(f"%%ipytest {line}\ndef test_a(): assert 0\n")
    assert said in answer.text
    assert "failed" not in answer.text
    assert answer.status == "ok"


def test_habits_from_a_terminal_change_nothing() -> None:
    assert not options.parse("-q -vv").exercise

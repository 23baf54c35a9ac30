"""What a reader sees of a verdict: text for nbval and terminals, and HTML that says the same."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from coursekit.grading import html, text
from coursekit.grading.mutant import Mutant
from coursekit.grading.outcome import Test as Ran
from coursekit.grading.verdict import Bug, Step, Verdict

CAUGHT = Mutant("2.3", "off-by-one", "pool", "a", "b", "It <blocked> us.", "Count & compare.")
ESCAPED = replace(CAUGHT, name="keeps-slot", story="By noon " + "it was late " * 12 + "for us.")
FAILED = Ran(
    "test_a", "failed", {"at": "cell:8", "text": ["cell:8 in test_a", "E   assert 1 == <2>"]}
)
GRADED = Verdict(
    "2.3",
    Step.GRADED,
    tests=("test_a", "test_b"),
    variants=1,
    schedules=20,
    bugs=(Bug(ESCAPED), Bug(CAUGHT, FAILED)),
)
DIFFS = {"off-by-one": "-a\n+b", "keeps-slot": "-if x < 1\n+if x > 1"}


class Words(HTMLParser):
    """The words of a page as a reader sees them, and the tags that are open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words = ""
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def page(verdict: Verdict, revealed: tuple[str, ...] = ()) -> str:
    return html.verdict(verdict, {name: DIFFS[name] for name in revealed}, DIFFS)


@pytest.mark.parametrize("step", Step)
def test_every_step_is_said_in_both_forms_and_the_page_is_well_formed(step: Step) -> None:
    verdict = replace(
        GRADED, step=step, failures=(FAILED,), seed=11, seeds_passed=17, variant=CAUGHT
    )
    said = text.verdict(verdict)
    words = Words(page(verdict))
    assert words.open == []
    assert said.startswith("Exercise 2.3: ")
    assert words.words.startswith(said.splitlines()[0])


def test_each_step_has_words_of_its_own() -> None:
    failed = replace(GRADED, failures=(FAILED,), variant=CAUGHT)
    assert len({text.verdict(replace(failed, step=step)) for step in Step}) == len(Step)


def test_caught_bugs_stand_before_those_that_escaped() -> None:
    lines = text.verdict(GRADED).splitlines()
    assert lines[2] == "caught   off-by-one  by test_a"
    assert lines[3].startswith('ESCAPED  keeps-slot  "By noon it was late')


def test_long_stories_are_wrapped_under_themselves() -> None:
    lines = text.verdict(GRADED).splitlines()
    assert max(map(len, lines)) <= text.WIDTH
    assert lines[4].startswith(" " * 21 + "late it was")


def test_a_change_is_shown_only_when_asked_for() -> None:
    assert "+if x > 1" not in text.verdict(GRADED)
    said = text.verdict(GRADED, {"keeps-slot": DIFFS["keeps-slot"]})
    assert "         | -if x < 1\n         | +if x > 1" in said


def test_the_page_folds_hint_and_change_away_until_asked() -> None:
    assert page(GRADED).count("<details>") == 2
    assert "<details open>" not in page(GRADED)
    assert "<details open><summary>The change" in page(GRADED, ("keeps-slot",))


def test_what_authors_and_tests_wrote_is_text_and_not_markup() -> None:
    failing = replace(GRADED, step=Step.FAILS, failures=(FAILED,))
    assert "E   assert 1 == &lt;2&gt;" in page(failing)
    assert "&lt;2&gt;" in page(failing)
    escaped = replace(GRADED, bugs=(Bug(CAUGHT),))
    assert "It &lt;blocked&gt; us." in page(escaped)
    assert "Count &amp; compare." in page(escaped)


def test_a_state_is_told_by_a_word_and_a_sign_not_by_colour_alone() -> None:
    assert "✓ caught" in page(GRADED)
    assert "✗ escaped" in page(GRADED)


def test_colours_are_jupyterlabs_so_that_they_fit_light_and_dark() -> None:
    colours = re.findall(r"(?:color|background):(?!none)([^;\"]+)", page(GRADED, ("keeps-slot",)))
    assert colours
    assert all(colour.startswith("var(--jp-") for colour in colours)


def test_only_the_first_failures_are_shown_whole() -> None:
    many = tuple(replace(FAILED, name=f"test_{n}") for n in range(5))
    said = text.verdict(replace(GRADED, step=Step.FAILS, failures=many))
    assert said.startswith("Exercise 2.3: test_0, test_1 and 3 more fail on the worker as it is")
    assert said.count("E   assert") == 3
    assert "test_4 fails too" in said


def test_a_test_without_a_check_is_named_beside_the_bugs_that_others_caught() -> None:
    said = text.verdict(replace(GRADED, empty=("test_b",)))
    assert (
        "test_b has no assert and no pytest.raises: only an error fails it.\n1 of 2 bugs caught"
        in said
    )


def test_a_schedule_is_replayed_where_the_tests_are() -> None:
    cell = replace(GRADED, step=Step.NEEDS_SCHEDULE, failures=(FAILED,), seed=11)
    assert "Replay it with  %%ipytest --schedule 11  and" in text.verdict(cell)
    file = replace(cell, shown="test_mine.py")
    assert "Replay it with  pytest test_mine.py --schedule 11  and" in text.verdict(file)


def test_a_server_that_had_to_be_started_again_is_mentioned() -> None:
    verdict = replace(GRADED, restarted=True)
    sentence = "The process that runs the tests had been killed; it was started again."
    assert sentence in text.verdict(verdict)
    assert sentence in page(verdict)

import asyncio

from coursekit.timeline import compare
from tests.coursekit.timeline.scenarios import FAILING, PASSING, two_deposits_race


def test_a_failing_schedule_stands_below_a_passing_one():
    passing, failing = compare(two_deposits_race, (PASSING, FAILING)).panels
    assert passing.title == f"schedule {PASSING}, passes"
    assert failing.title == f"schedule {FAILING}, fails: AssertionError: balance 2"


def test_both_are_marked_where_they_part():
    picture = compare(two_deposits_race, (PASSING, FAILING))
    assert [panel.parts for panel in picture.panels] == [1, 1]
    assert repr(picture).count("▼ here the schedules part") == 2
    assert picture.svg.count("here the schedules part") == 2


def test_equal_schedules_part_nowhere():
    picture = compare(two_deposits_race, (PASSING, PASSING))
    assert [panel.parts for panel in picture.panels] == [None, None]
    assert "part" not in picture.words


def test_the_order_of_steps_is_told_in_words():
    words = compare(two_deposits_race, (PASSING, FAILING)).words
    root = two_deposits_race.__name__
    assert f"{root}, small, large, large, {root}" in words
    assert f"{root}, large, small, large, {root}" in words


async def test_it_works_while_a_loop_runs_as_in_a_notebook():
    assert len(compare(two_deposits_race, (1, 2, 3)).panels) == 3


def test_a_deadlock_on_one_schedule_is_told_in_its_title():
    async def locks_in_an_order_of_its_own():
        one, other = asyncio.Lock(), asyncio.Lock()

        async def first():
            async with one, other:
                pass

        async def second():
            async with other:
                await asyncio.sleep(0)
                async with one:
                    pass

        await asyncio.gather(first(), second())

    titles = [panel.title for panel in compare(locks_in_an_order_of_its_own, range(6)).panels]
    assert {title.partition(", ")[2] for title in titles} == {"passes", "fails: Deadlock"}

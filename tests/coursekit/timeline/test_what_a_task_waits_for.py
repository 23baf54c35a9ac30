"""Each wait is named by what the code awaits, without a change in that code."""

import asyncio

import pytest

from coursekit.timeline import apart
from tests.coursekit.timeline.scenarios import picture
from tests.coursekit.timeline.waiting import (
    awaits_a_future,
    awaits_a_task,
    enters_a_context_manager,
    enters_a_stack,
    gathers,
    gets,
    gets_the_best,
    joins,
    leaves_a_group,
    puts,
    reads_a_generator,
    settles,
    shields,
    sleeps,
    takes_a_bounded_slot,
    takes_a_lock,
    takes_a_slot,
    uses_a_thread,
    uses_an_executor,
    waits_at_a_barrier,
    waits_for_a_notification,
    waits_for_a_predicate,
    waits_for_an_event,
    waits_for_the_first,
)


def waits(scenario):
    """Kind, label and the code's own words of each wait, row by row."""
    (panel,) = picture(scenario).panels
    return {
        line.name: [
            (one.kind, one.label, one.what)
            for one in line.segments
            if one.kind not in ("run", "ready")
        ]
        for line in panel.record.lines
    }


def first_wait(scenario):
    return waits(scenario)[scenario.__name__][0]


@pytest.mark.parametrize(
    ("scenario", "wait"),
    [
        (sleeps, ("sleep", "sleep", "sleep")),
        (takes_a_lock, ("sync", "Lock.acquire", "lock")),
        (takes_a_slot, ("sync", "Semaphore.acquire", "slots")),
        (takes_a_bounded_slot, ("sync", "BoundedSemaphore.acquire", "slots.acquire")),
        (waits_for_an_event, ("sync", "Event.wait", "ready.wait")),
        (waits_for_a_notification, ("sync", "Condition.wait", "news.wait")),
        (waits_for_a_predicate, ("sync", "Condition.wait_for", "news.wait_for")),
        (waits_at_a_barrier, ("sync", "Barrier.wait", "gate.wait")),
        (gets, ("queue", "Queue.get", "queue.get")),
        (gets_the_best, ("queue", "PriorityQueue.get", "queue.get")),
        (puts, ("queue", "Queue.put", "queue.put")),
        (joins, ("queue", "Queue.join", "queue.join")),
        (awaits_a_task, ("task", "task", "job")),
        (gathers, ("task", "gather", "gather")),
        (leaves_a_group, ("task", "TaskGroup", "TaskGroup")),
        (waits_for_the_first, ("task", "wait", "wait")),
        (shields, ("task", "shield", "shield")),
        (uses_a_thread, ("thread", "to_thread", "to_thread")),
        (uses_an_executor, ("thread", "run_in_executor", "get_running_loop().run_in_executor")),
        (awaits_a_future, ("other", "future", "answer")),
        (settles, ("other", "settle", "settle")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wait_is_named_by_what_the_code_awaits(scenario, wait):
    assert first_wait(scenario) == wait


async def times_out():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await asyncio.Event().wait()


async def waits_with_a_limit():
    async with asyncio.timeout(2):
        await asyncio.wait_for(asyncio.sleep(1), 2)


@pytest.mark.parametrize(
    ("scenario", "label"),
    [
        (reads_a_generator, "sleep"),
        (enters_a_context_manager, "sleep"),
        (enters_a_stack, "Lock.acquire"),
        (times_out, "Event.wait"),
    ],
)
def test_what_stands_between_does_not_hide_the_wait(scenario, label):
    assert first_wait(scenario)[1] == label


def test_wait_for_shows_what_is_waited_for():
    rows = waits(waits_with_a_limit)
    # Python 3.11 gives the coroutine a task of its own, which then has a row of its own.
    assert any(row[0][:2] == ("sleep", "sleep") for row in rows.values())


def test_a_place_is_the_codes_own_line_never_a_librarys():
    for scenario in (takes_a_lock, joins, uses_a_thread, enters_a_stack, gathers):
        (panel,) = picture(scenario).panels
        places = {one.place for line in panel.record.lines for one in line.segments}
        assert {place.partition(":")[0] for place in places} == {"", "waiting.py"}


def test_a_task_that_gave_way_is_ready():
    async def gives_way():
        await asyncio.sleep(0)

    (panel,) = picture(gives_way).panels
    kinds = [one.kind for one in panel.record.lines[0].segments]
    assert kinds == ["run", "ready", "run"]


def test_waits_have_their_times():
    async def sleeps_twice():
        await asyncio.sleep(1)
        await asyncio.sleep(3600)

    (line,) = apart.run(sleeps_twice).record.lines
    spans = [(one.began, one.ended) for one in line.segments if one.kind == "sleep"]
    assert spans == [(0, 1), (1, 3601)]

"""The picture of a deadlock says who waits for what and who holds it."""

import asyncio

from coursekit.harness import Deadlock
from coursekit.timeline import apart
from tests.coursekit.timeline.scenarios import picture, two_transfers_lock_crosswise


def stuck(scenario):
    """Who waits for ever, where, for whom and why."""
    (panel,) = picture(scenario).panels
    lines = panel.record.lines
    return {
        lines[one.line].name: (one.label, [lines[at].name for at in one.behind], one.reason)
        for one in panel.record.stuck
    }


def test_a_deadlock_names_who_holds_what_each_one_wants():
    assert stuck(two_transfers_lock_crosswise) == {
        "two_transfers_lock_crosswise": ("gather", ["transfer", "transfer #2"], ""),
        "transfer": ("Lock.acquire", ["transfer #2"], ""),
        "transfer #2": ("Lock.acquire", ["transfer"], ""),
    }
    assert isinstance(apart.run(two_transfers_lock_crosswise).error, Deadlock)


def test_a_block_on_one_line_is_held_only_once_it_is_entered():
    async def crosswise():
        one, other = asyncio.Lock(), asyncio.Lock()

        async def transfer(source, target):
            async with source:
                await asyncio.sleep(1)
                async with target: pass  # fmt: skip  # noqa: E701

        await asyncio.gather(transfer(one, other), transfer(other, one))

    held = {name.rpartition(".")[2]: behind for name, (_, behind, _) in stuck(crosswise).items()}
    assert held["transfer"] == ["transfer #2"]
    assert held["transfer #2"] == ["transfer"]


def test_a_task_that_takes_a_lock_twice_is_held_up_by_itself():
    async def takes_it_twice():
        lock = asyncio.Lock()
        async with lock:
            await lock.acquire()

    shown = picture(takes_it_twice)
    assert "Lock.acquire lock (test_deadlocks.py:" in repr(shown).replace("\n    ", " ")
    assert ": held by itself" in repr(shown).replace("\n    ", " ")


def test_a_holder_is_found_that_waits_for_the_second_of_two_locks():
    async def takes_two_at_once():
        one, other = asyncio.Lock(), asyncio.Lock()

        async def both():
            async with one, other:
                pass

        async def crosswise():
            async with other:
                await asyncio.sleep(1)
                async with one:
                    pass

        await asyncio.gather(crosswise(), both())

    found = {name.rpartition(".")[2]: told for name, told in stuck(takes_two_at_once).items()}
    assert found["crosswise"][1] == ["both"]
    assert found["both"][1] == ["crosswise"]


def test_a_holder_is_found_that_took_the_lock_without_a_with_block():
    async def forgets_to_release():
        lock, never = asyncio.Lock(), asyncio.Event()

        async def owner():
            await lock.acquire()
            await never.wait()
            lock.release()

        async def other():
            await asyncio.sleep(1)
            async with lock:
                pass

        await asyncio.gather(owner(), other())

    found = {name.rpartition(".")[2]: told for name, told in stuck(forgets_to_release).items()}
    assert found["other"][1] == ["owner"]
    assert found["owner"] == ("Event.wait", [], "the event is not set")


def test_the_task_behind_a_shield_is_named():
    async def shields():
        await asyncio.shield(asyncio.create_task(asyncio.Event().wait(), name="inner"))

    found = {name.rpartition(".")[2]: told for name, told in stuck(shields).items()}
    assert found["shields"] == ("shield", ["inner"], "")


def test_a_wait_without_a_holder_says_why_it_has_no_end():
    async def forgets_task_done():
        queue = asyncio.Queue()
        queue.put_nowait(1)
        await queue.join()

    async def fills_a_queue():
        queue = asyncio.Queue(1)
        await queue.put(1)
        await queue.put(2)

    async def waits_alone_at_a_barrier():
        await asyncio.Barrier(3).wait()

    async def waits_for_news():
        news = asyncio.Condition()
        async with news:
            await news.wait()

    why = {}
    for scenario in (
        forgets_task_done,
        fills_a_queue,
        waits_alone_at_a_barrier,
        waits_for_news,
        lambda: asyncio.Semaphore(0).acquire(),
        lambda: asyncio.Queue().get(),
    ):
        ((label, _, reason),) = stuck(scenario).values()
        why[label] = reason
    assert why == {
        "Queue.join": "1 items without task_done",
        "Queue.put": "full at 1",
        "Barrier.wait": "1 of 3 are here",
        "Condition.wait": "nobody notifies",
        "Semaphore.acquire": "no slot is free",
        "Queue.get": "the queue is empty",
    }


def test_what_the_loop_does_to_end_a_deadlock_is_not_drawn():
    async def cleans_up_for_a_while():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(3600)

    (panel,) = picture(cleans_up_for_a_while).panels
    (line,) = panel.record.lines
    assert line.outcome.how == "stuck"
    assert panel.record.ended == 0
    assert line.cancels == ()

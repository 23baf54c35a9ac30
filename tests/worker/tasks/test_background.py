import asyncio
import gc
import logging

import pytest
from finance_lending_worker.tasks.background import BackgroundTasks

from coursekit.harness import settle


def now() -> float:
    return asyncio.get_running_loop().time()


async def fail_with(error: BaseException) -> None:
    raise error


async def test_a_task_is_kept_until_it_ends():
    background, done = BackgroundTasks(), []

    async def work():
        await asyncio.sleep(1)
        done.append(now())

    background.add(work())
    assert len(background) == 1
    gc.collect()
    await background.drain()
    assert (len(background), done) == (0, [1])


async def test_an_ended_task_is_let_go_without_a_drain():
    background = BackgroundTasks()
    background.add(asyncio.sleep(1))
    background.add(asyncio.sleep(3))
    await asyncio.sleep(2)
    assert len(background) == 1
    await background.drain()


async def test_the_task_can_be_awaited_and_named():
    background = BackgroundTasks()
    task = background.add(asyncio.sleep(1, "done"), name="audit")
    assert task.get_name() == "audit"
    assert await task == "done"


async def test_tasks_run_at_the_same_time():
    background = BackgroundTasks()
    for _ in range(3):
        background.add(asyncio.sleep(2))
    await background.drain()
    assert now() == 2


async def test_each_failure_is_reported_once_and_ends_nothing_else():
    errors, done = [], []

    async def work():
        await asyncio.sleep(1)
        done.append("work")

    background = BackgroundTasks(on_error=errors.append)
    bad, worse = ValueError("bad"), OSError("worse")
    background.add(fail_with(bad))
    background.add(work())
    background.add(fail_with(worse))
    await background.drain()
    assert (set(errors), len(errors), done) == ({bad, worse}, 2, ["work"])


async def test_a_failure_is_reported_when_it_happens_not_at_the_drain():
    errors = []
    background = BackgroundTasks(errors.append)
    background.add(fail_with(ValueError("bad")))
    await settle()
    assert [str(error) for error in errors] == ["bad"]
    assert len(background) == 0


async def test_a_cancelled_task_has_not_failed():
    errors = []
    background = BackgroundTasks(errors.append)
    task = background.add(asyncio.sleep(60))
    await settle()
    task.cancel()
    await background.drain()
    assert (errors, len(background), now()) == ([], 0, 0)


async def test_by_default_a_failure_is_logged(caplog):
    background = BackgroundTasks()
    background.add(fail_with(ValueError("bad")))
    with caplog.at_level(logging.ERROR):
        await background.drain()
    assert "ValueError: bad" in caplog.text


async def test_drain_waits_for_the_children_of_children_too():
    background, ends = BackgroundTasks(), []

    async def work(generations):
        await asyncio.sleep(1)
        if generations:
            background.add(work(generations - 1))
        ends.append(now())

    background.add(work(3))
    await background.drain()
    assert (ends, len(background)) == ([1, 2, 3, 4], 0)


async def test_drain_of_nothing_returns_at_once():
    await BackgroundTasks().drain()
    assert now() == 0


async def test_a_cancelled_drain_cancels_no_task():
    background, done = BackgroundTasks(), []

    async def work():
        await asyncio.sleep(5)
        done.append("work")

    background.add(work())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(background.drain(), 1)
    await background.drain()
    assert done == ["work"]

"""settle() returns when every other task is blocked, and no time has passed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from coursekit.harness import Livelock, VirtualTimeLoop, settle

SEEDS = [None, 1, 2, 3]


async def plain(inner: Awaitable[None]) -> None:
    await inner


async def gathered(inner: Awaitable[None]) -> None:
    await asyncio.gather(inner, asyncio.sleep(0))


async def shielded(inner: Awaitable[None]) -> None:
    await asyncio.shield(inner)


async def waited_for(inner: Awaitable[None]) -> None:
    await asyncio.wait_for(inner, 5)


async def grouped(inner: Awaitable[None]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(plain(inner))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("link", [plain, gathered, shielded, waited_for, grouped])
def test_a_chain_of_tasks_runs_to_its_last_link(
    link: Callable[[Awaitable[None]], Awaitable[None]], seed: int | None
) -> None:
    async def main() -> None:
        opened, done = asyncio.Event(), asyncio.Event()

        async def innermost() -> None:
            await opened.wait()

        inner: Awaitable[None] = innermost()
        for _ in range(20):
            inner = link(inner)

        async def outermost() -> None:
            await inner
            done.set()

        task = asyncio.create_task(outermost())
        await settle()
        assert not done.is_set()
        opened.set()
        await settle()
        assert done.is_set()
        assert asyncio.get_running_loop().time() == 0
        await task

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(seed)) as runner:
        runner.run(main())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_job_goes_through_all_the_queues_of_a_pipeline(seed: int | None) -> None:
    async def main() -> None:
        queues = [asyncio.Queue[str]() for _ in range(10)]

        async def pass_on(source: asyncio.Queue[str], target: asyncio.Queue[str]) -> None:
            while True:
                await target.put(await source.get())

        tasks = [asyncio.create_task(pass_on(*pipe)) for pipe in pairwise(queues)]
        queues[0].put_nowait("a job")
        await settle()
        assert queues[-1].get_nowait() == "a job"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(seed)) as runner:
        runner.run(main())


async def test_callbacks_that_call_callbacks_are_run_to_the_last() -> None:
    loop = asyncio.get_running_loop()
    left = 20

    def again() -> None:
        nonlocal left
        left -= 1
        if left:
            loop.call_soon(again)

    loop.call_soon(again)
    await settle()
    assert left == 0


async def test_a_sleeping_task_stays_asleep() -> None:
    task = asyncio.create_task(asyncio.sleep(1))
    await settle()
    assert not task.done()
    await task


async def test_work_in_a_thread_is_not_waited_for() -> None:
    task = asyncio.create_task(asyncio.to_thread(time.sleep, 0.1))
    await settle()
    assert not task.done()
    await task


async def test_several_tasks_settle_at_once() -> None:
    order: list[str] = []

    async def act(name: str) -> None:
        await settle()
        order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(act("one"))
        group.create_task(act("two"))
    assert sorted(order) == ["one", "two"]


async def test_it_may_be_cancelled() -> None:
    async def settle_while_another_is_busy() -> None:
        await asyncio.gather(settle(), asyncio.sleep(0))

    task = asyncio.create_task(settle_while_another_is_busy())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settle()


async def test_alone_it_returns_at_once() -> None:
    await settle()
    await settle()
    assert asyncio.get_running_loop().time() == 0


def test_settling_for_ever_is_a_livelock() -> None:
    async def main() -> None:
        while True:
            await settle()

    with pytest.raises(Livelock), asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


@pytest.mark.real_time
async def test_on_another_loop_it_says_what_to_do_instead() -> None:
    with pytest.raises(RuntimeError, match=r"virtual time only.*real_time.*wait for an event"):
        await settle()

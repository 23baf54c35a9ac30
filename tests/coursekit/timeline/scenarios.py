"""Small programmes whose pictures are kept, each with one thing to see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from coursekit.timeline import Picture, apart, compare
from coursekit.timeline.panel import Panel

Scenario = Callable[[], Coroutine[Any, Any, Any]]


def picture(scenario: Scenario, seed: int | None = None, title: str = "") -> Picture:
    """What `scenario` does in virtual time; what it raises is part of the picture."""
    return Picture(Panel(title, apart.run(scenario, seed=seed).record))


async def two_workers_share_a_queue_and_a_lock() -> None:
    """Queue.put, get and join, a lock, an exception, cancellation."""
    queue: asyncio.Queue[float] = asyncio.Queue(2)
    lock = asyncio.Lock()

    async def work() -> None:
        while True:
            seconds = await queue.get()
            async with lock:
                await asyncio.sleep(seconds)
            queue.task_done()

    async def fail() -> None:
        await asyncio.sleep(1.5)
        raise ValueError("no")

    workers = [asyncio.create_task(work(), name=f"worker-{number}") for number in (1, 2)]
    failing = asyncio.create_task(fail())
    for _ in range(5):
        await queue.put(0.5)
    await queue.join()
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, failing, return_exceptions=True)


async def a_cancelled_task_cleans_up() -> None:
    """A cancellation that is taken in and outlived, an event, a thread, a bare future."""
    opened = asyncio.Event()
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.5)

    async def threaded() -> None:
        await asyncio.to_thread(sum, [1, 2])
        await opened.wait()

    async def waits_for_an_answer() -> int:
        return await answer

    async with asyncio.TaskGroup() as group:
        one = group.create_task(stubborn())
        group.create_task(threaded())
        group.create_task(waits_for_an_answer())
        await asyncio.sleep(1)
        one.cancel()
        opened.set()
        answer.set_result(42)


async def two_transfers_lock_crosswise() -> None:
    """The classical deadlock."""
    savings, current = asyncio.Lock(), asyncio.Lock()

    async def transfer(source: asyncio.Lock, target: asyncio.Lock) -> None:
        async with source:
            await asyncio.sleep(1)
            async with target:
                pass

    await asyncio.gather(transfer(savings, current), transfer(current, savings))


async def two_deposits_race() -> None:
    """An update is lost on some schedules and not on others."""
    balance = 0

    async def deposit(amount: int) -> None:
        nonlocal balance
        seen = balance
        if amount > 1:
            await asyncio.sleep(0)
        balance = seen + amount

    async with asyncio.TaskGroup() as group:
        group.create_task(deposit(1), name="small")
        group.create_task(deposit(2), name="large")
    assert balance == 3, f"balance {balance}"


async def tasks_have_difficult_names() -> None:
    """Names that are long, not ASCII, or hold markup and control characters."""
    names = (
        '<script>alert(1)</script> & "co"\'',
        "a name that is much longer than any place there is to put it",
        "日本語のタスク名はとても幅が広い",
        "e\u0301te\u0301 мир",
        "two\nlines\x1b[31m\x00",
        "]]>-->",
    )
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(asyncio.sleep(1), name=name)


async def sixty_tasks_sleep_and_sleep() -> None:
    """60 tasks with about 2,000 segments."""

    async def work(number: int) -> None:
        for _ in range(16):
            await asyncio.sleep(0.1 + number * 0.01)

    async with asyncio.TaskGroup() as group:
        for number in range(60):
            group.create_task(work(number), name=f"job-{number}")


PASSING, FAILING = 0, 1  # schedules of the race

PICTURES: dict[str, Callable[[], Picture]] = {
    "queue": lambda: picture(two_workers_share_a_queue_and_a_lock, title="queue"),
    "clean_up": lambda: picture(a_cancelled_task_cleans_up),
    "deadlock": lambda: picture(two_transfers_lock_crosswise, title="transfers"),
    "race": lambda: compare(two_deposits_race, (PASSING, FAILING)),
    "names": lambda: picture(tasks_have_difficult_names, title="<b>names</b>"),
    "many": lambda: picture(sixty_tasks_sleep_and_sleep),
}

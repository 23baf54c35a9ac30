"""What the harness uses of asyncio beyond its documentation: red when a Python changes it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from coursekit.harness import VirtualTimeLoop
from coursekit.harness.outside import is_idle
from coursekit.harness.schedule import is_step
from coursekit.harness.waits import Wait, closes_a_generator


class Recorder(asyncio.SelectorEventLoop):
    """A plain loop that notes what it is asked to run soon."""

    def __init__(self) -> None:
        self.asked: list[Callable[..., object]] = []
        super().__init__()

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        self.asked.append(callback)
        return super().call_soon(callback, *args, context=context)


def test_the_steps_of_a_task_are_told_apart_from_plain_callbacks() -> None:
    """Only steps may change places on a schedule: both the first and those after a wait."""

    async def wait(future: "asyncio.Future[None]") -> None:
        await future
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=Recorder) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Recorder)
        future: asyncio.Future[None] = loop.create_future()
        loop.call_later(0, future.set_result, None)
        loop.asked.clear()
        loop.run_until_complete(wait(future))
        steps = [callback for callback in loop.asked if is_step(callback)]
    assert len(steps) == 3, (
        "this Python asks for a task's steps in another way: see is_step in schedule.py, "
        f"which knows {len(steps)} of 3 among {loop.asked}"
    )


def test_a_method_of_a_task_that_is_no_step_keeps_its_place() -> None:
    with asyncio.Runner() as runner:
        task = runner.get_loop().create_task(asyncio.sleep(0))
        assert not is_step(task.cancel)
        assert not is_step(task.print_stack)
        runner.get_loop().run_until_complete(task)


def test_the_loop_shadows_no_private_name_of_asyncio() -> None:
    loop = VirtualTimeLoop()
    loop.close()
    plain = asyncio.SelectorEventLoop()
    plain.close()
    asyncio_names = {name for name in (*dir(plain), *vars(plain)) if name.startswith("_")}
    ours = {*vars(VirtualTimeLoop), *VirtualTimeLoop.__init__.__code__.co_names}
    assert {n for n in ours & asyncio_names if not n.startswith("__")} == set(), (
        "this Python's asyncio uses a name that VirtualTimeLoop uses too: rename ours"
    )


def test_a_pools_thread_without_work_is_idle() -> None:
    with ThreadPoolExecutor(1) as pool:
        gate = threading.Event()
        pool.submit(gate.wait)
        (thread,) = pool._threads
        assert not is_idle(thread)
        gate.set()
        pool.submit(int).result()
        for _ in range(1000):  # it may not yet have come back from its work
            if is_idle(thread):
                return
            thread.join(0.01)
    pytest.fail("this Python's pools wait for work elsewhere: see is_idle in outside.py")


async def test_an_async_generators_aclose_is_known_by_its_type() -> None:
    async def numbers() -> Any:
        yield 1

    closing = numbers().aclose()
    assert closes_a_generator(closing), (
        f"this Python calls it {type(closing).__name__}: see closes_a_generator in waits.py"
    )
    await closing


async def test_the_locals_of_gather_wait_and_task_groups_name_the_tasks_they_wait_for() -> None:
    inner = asyncio.create_task(asyncio.Event().wait())

    async def through_wait() -> None:
        await asyncio.wait([inner])

    async def through_gather() -> None:
        await asyncio.gather(inner)

    outer = [asyncio.create_task(through_wait()), asyncio.create_task(through_gather())]
    await asyncio.sleep(1)
    for task in outer:
        assert Wait(task).tasks() == {inner}, "see Wait.tasks in waits.py"
    inner.cancel()
    await asyncio.gather(*outer, inner, return_exceptions=True)

"""A test that can never end fails at once, and says who waits for what."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from coursekit.harness import Deadlock, Livelock, VirtualTimeLoop, loop
from coursekit.harness.report import describe

pytest_plugins = "pytester"

Main = Callable[[], Coroutine[Any, Any, object]]


def verdict(main: Main, factory: Callable[[], VirtualTimeLoop] = VirtualTimeLoop) -> str:
    """The report of a main coroutine that deadlocks, without the line numbers of this file."""
    with pytest.raises(Deadlock) as caught, asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())
    return str(caught.value)


async def consume(queue: "asyncio.Queue[int]") -> None:
    while True:
        await queue.get()


def test_it_names_each_task_its_line_and_what_it_awaits_the_main_task_first() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)
        async with asyncio.TaskGroup() as group:
            for number in range(2):
                group.create_task(consume(queue), name=f"worker-{number}")
            await queue.join()

    line = consume.__code__.co_firstlineno + 2
    join = main.__code__.co_firstlineno + 6
    assert verdict(main) == (
        "Deadlock: nothing can ever wake this test (virtual time 0 s)\n"
        f"  main task: test_deadlock.py:{join} in main: await queue.join()\n"
        "    waits in Queue.join\n"
        f"  worker-0: test_deadlock.py:{line} in consume: await queue.get()\n"
        "    waits in Queue.get\n"
        f"  worker-1: test_deadlock.py:{line} in consume: await queue.get()\n"
        "    waits in Queue.get"
    )


def test_it_says_who_holds_the_lock_that_another_waits_for() -> None:
    async def move(first: asyncio.Lock, second: asyncio.Lock) -> None:
        async with first:
            await asyncio.sleep(1)
            async with second:
                pass

    async def main() -> None:
        one, two = asyncio.Lock(), asyncio.Lock()
        there = asyncio.create_task(move(one, two), name="there")
        back = asyncio.create_task(move(two, one), name="back")
        await asyncio.gather(there, back)

    report = verdict(main)
    assert "waits for back, there" in report
    assert "waits in Lock.acquire, held by back" in report
    assert "waits in Lock.acquire, held by there" in report
    assert "(virtual time 1 s)" in report


async def forever() -> None:
    await asyncio.Event().wait()


async def through_await() -> None:
    await asyncio.create_task(forever(), name="inner")


async def through_gather() -> None:
    await asyncio.gather(asyncio.create_task(forever(), name="inner"))


async def through_shield() -> None:
    await asyncio.shield(asyncio.create_task(forever(), name="inner"))


async def through_wait() -> None:
    await asyncio.wait([asyncio.create_task(forever(), name="inner")])


async def through_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(forever(), name="inner")


@pytest.mark.parametrize(
    "main", [through_await, through_gather, through_shield, through_wait, through_group]
)
def test_it_says_which_task_another_waits_for(main: Main) -> None:
    assert "    waits for inner\n" in verdict(main)


def test_it_shows_the_way_from_the_test_into_the_code_under_test() -> None:
    class Worker:
        async def join(self) -> None:
            await asyncio.Condition().acquire()
            await asyncio.get_running_loop().create_future()

    async def main() -> None:
        await Worker().join()

    report = verdict(main)
    assert "in main: await Worker().join()\n    -> test_deadlock.py:" in report
    assert "in join: await asyncio.get_running_loop().create_future()" in report
    assert report.endswith("waits in a future that nobody has finished")


async def test_a_task_that_never_began_is_named_by_the_line_that_made_it() -> None:
    task = asyncio.create_task(forever())
    report = describe([task])
    line = sys._getframe().f_lineno - 2
    assert report == (
        f"  forever: not started, made at test_deadlock.py:{line} in "
        f"{sys._getframe().f_code.co_name}: task = asyncio.create_task(forever())\n"
        "    is ready to run"
    )
    task.cancel()


def test_it_looks_through_async_generators() -> None:
    async def numbers() -> Any:
        await asyncio.Event().wait()
        yield 1

    async def main() -> None:
        async for _ in numbers():
            pass

    assert "in numbers: await asyncio.Event().wait()\n    waits in Event.wait" in verdict(main)


def test_tasks_without_a_name_have_the_same_names_in_every_run() -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(forever()) for _ in range(3)]
        await asyncio.gather(*tasks)

    report = verdict(main)
    assert report == verdict(main)
    assert "waits for forever, forever #2, forever #3" in report


def test_the_main_task_cleans_up_before_it_is_raised() -> None:
    steps = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5)
            steps.append(asyncio.get_running_loop().time())

    verdict(main)
    assert steps == [5]


def test_code_that_swallows_the_cancellation_cannot_turn_it_green() -> None:
    async def main() -> str:
        try:
            await asyncio.Event().wait()
        except BaseException:
            return "fine"
        return "finer"

    verdict(main)


def test_code_that_waits_for_another_error_cannot_turn_it_green() -> None:
    async def main() -> None:
        with pytest.raises((TimeoutError, asyncio.CancelledError)):
            await asyncio.Event().wait()

    verdict(main)


def test_code_that_refuses_to_end_is_given_up_at_once() -> None:
    async def main() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except BaseException:
                continue

    started = time.process_time()
    verdict(main)
    assert time.process_time() - started < 0.2


def test_it_is_found_after_executor_work_too() -> None:
    async def main() -> None:
        await asyncio.to_thread(int)
        await asyncio.Event().wait()

    verdict(main)


def test_it_is_found_when_a_thread_ends_without_a_call() -> None:
    import threading

    async def main() -> None:
        threading.Timer(0.05, int).start()
        await asyncio.Event().wait()

    verdict(main)


def test_it_is_found_in_shuffled_order_too() -> None:
    verdict(through_group, lambda: VirtualTimeLoop(seed=3))


if sys.version_info >= (3, 12):  # eager tasks came with it

    def test_it_is_found_among_eager_tasks() -> None:
        async def main() -> None:
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            await through_gather()

        assert "waits for inner" in verdict(main)


def test_it_is_found_in_well_under_a_tenth_of_a_second() -> None:
    def cost() -> float:
        started = time.process_time()
        verdict(through_group)
        return time.process_time() - started

    assert min(cost() for _ in range(3)) < 0.05


@pytest.mark.parametrize("delay", [0, 1])
def test_a_loop_without_an_end_is_a_livelock(delay: float) -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110 - what is tested
            await asyncio.sleep(delay)

    with pytest.raises(Livelock) as caught, asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())
    report = str(caught.value)
    assert report.startswith("Livelock: this test goes on for ever")
    assert "in main: await asyncio.sleep(delay)" in report


def test_a_day_of_seconds_is_no_livelock() -> None:
    assert loop.LIMIT > 86_400


def test_a_livelock_in_the_clean_up_ends_too() -> None:
    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            while True:  # noqa: ASYNC110 - what is tested
                await asyncio.sleep(1)

    verdict(main)


def test_pytest_shows_the_report_alone_and_goes_on(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
        import asyncio, pytest

        ended = []

        @pytest.fixture
        async def service():
            yield
            ended.append("service")

        async def test_stuck(service):
            with pytest.raises(TimeoutError):
                await asyncio.Event().wait()

        async def test_next():
            assert ended == ["service"]
        """
    )
    result.assert_outcomes(failed=1, passed=1)
    text = result.stdout.str()
    report = text[text.index("Deadlock") : text.index("=====", text.index("Deadlock"))]
    assert report == (
        "Deadlock: nothing can ever wake this test (virtual time 0 s)\n"
        "  main task: test_it.py:12 in test_stuck: await asyncio.Event().wait()\n"
        "    waits in Event.wait\n"
    )


def test_a_fixture_that_hangs_fails_the_set_up(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
        import asyncio, pytest

        @pytest.fixture
        async def service():
            await asyncio.Event().wait()

        async def test_stuck(service): pass

        @pytest.fixture
        async def door():
            yield
            await asyncio.Event().wait()

        async def test_ends(door): pass
        """
    )
    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines(["*test_it.py:5 in service: await asyncio.Event().wait()*"])
    result.stdout.fnmatch_lines(["*test_it.py:12 in door: await asyncio.Event().wait()*"])


def test_a_stubborn_test_does_not_touch_the_next_one(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
        import asyncio, gc

        async def stubborn():
            while True:
                try:
                    await asyncio.Event().wait()
                except BaseException:
                    pass

        async def test_stuck():
            async with asyncio.TaskGroup() as group:
                group.create_task(stubborn())

        async def test_next():
            gc.collect()

        def test_last():
            gc.collect()
        """,
        "-W",
        "error",
    )
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 2
    assert outcomes["failed"] == 1

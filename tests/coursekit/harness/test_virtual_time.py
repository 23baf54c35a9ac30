"""Time stands still while anything is ready, and then jumps."""

import asyncio
import concurrent.futures
import itertools
import time

import pytest

from coursekit.harness import VirtualTimeLoop


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_test_begins_at_zero() -> None:
    assert now() == 0


async def test_an_hour_of_sleep_takes_an_hour_of_virtual_time_and_no_real_time() -> None:
    started = time.monotonic()
    await asyncio.sleep(3600)
    assert now() == 3600
    assert time.monotonic() - started < 1


async def test_sleeps_run_side_by_side_not_one_after_the_other() -> None:
    await asyncio.gather(*(asyncio.sleep(seconds) for seconds in (3, 1, 2)))
    assert now() == 3


@pytest.mark.parametrize("start", [0.0, 0.1, 7.3, 1e6 + 0.1, 1e9 + 0.3])
@pytest.mark.parametrize("delay", [0.3, 1e-3, 86400.5, 1e8])
async def test_a_sleep_ends_at_exactly_start_plus_delay(start: float, delay: float) -> None:
    await asyncio.sleep(start)
    began = now()
    await asyncio.sleep(delay)
    assert now() == began + delay


async def test_ten_ticks_read_like_a_running_sum() -> None:
    ticks = []
    for _ in range(10):
        await asyncio.sleep(0.1)
        ticks.append(now())
    assert ticks == list(itertools.accumulate([0.1] * 10))


@pytest.mark.parametrize("start", [0.0, 1e6, 1e9])
async def test_timers_for_one_moment_fire_in_the_order_they_were_asked_for(start: float) -> None:
    await asyncio.sleep(start)
    fired: list[int] = []
    when = now() + 5
    for number in range(50):
        asyncio.get_running_loop().call_at(when, fired.append, number)
    await asyncio.sleep(6)
    assert fired == list(range(50))


async def test_a_cancelled_timer_is_passed_over_and_moves_no_time() -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(1, pytest.fail, "it was cancelled").cancel()
    await asyncio.sleep(5)
    assert now() == 5


async def test_a_timeout_ends_at_its_deadline() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2.5):
            await asyncio.Event().wait()
    assert now() == 2.5


async def test_executor_work_is_waited_for_and_takes_no_virtual_time() -> None:
    async with asyncio.timeout(0.001):
        await asyncio.to_thread(time.sleep, 0.05)
    assert now() == 0


async def test_a_timer_beside_executor_work_fires_after_it() -> None:
    done: list[str] = []

    async def tick() -> None:
        await asyncio.sleep(0.001)
        done.append("timer")

    async def work() -> None:
        await asyncio.to_thread(time.sleep, 0.05)
        done.append("work")

    await asyncio.gather(tick(), work())
    assert done == ["work", "timer"]


async def test_looking_up_a_name_is_executor_work() -> None:
    async with asyncio.timeout(0.001):
        assert await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)


async def test_a_pool_of_the_tests_own_is_executor_work() -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        async with asyncio.timeout(0.001):
            await asyncio.get_running_loop().run_in_executor(pool, time.sleep, 0.02)


@pytest.fixture
async def ticks() -> list[float]:
    """Times at which a task of a fixture ticked; it goes on in the test."""
    seen: list[float] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(1)
            seen.append(now())

    task = asyncio.create_task(tick())
    await asyncio.sleep(2.5)
    yield seen
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_time_goes_on_from_the_fixture_to_the_test_and_its_tasks_run(
    ticks: list[float],
) -> None:
    assert ticks == [1, 2]
    await asyncio.sleep(2)
    assert now() == 4.5
    assert ticks == [1, 2, 3, 4]


@pytest.mark.real_time
async def test_real_time_passes_by_itself() -> None:
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    started = time.monotonic()
    await asyncio.sleep(0.02)
    assert time.monotonic() - started >= 0.015


def test_asyncio_run_in_a_plain_test_is_left_alone() -> None:
    async def kind() -> type:
        return type(asyncio.get_running_loop())

    assert not issubclass(asyncio.run(kind()), VirtualTimeLoop)


def test_a_runner_takes_the_loop_as_its_factory() -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(asyncio.sleep(10))
        runner.run(asyncio.to_thread(int))
        assert runner.get_loop().time() == 10


def test_ten_thousand_timer_steps_cost_a_fraction_of_a_second() -> None:
    async def steps() -> None:
        for _ in range(10_000):
            await asyncio.sleep(1)

    def cost() -> float:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            started = time.process_time()
            runner.run(steps())
            return time.process_time() - started

    # They take 0.08 s, and the promise is 0.2: tests/benchmarks/virtual_time.py has the figures.
    assert min(cost() for _ in range(3)) <= 0.4

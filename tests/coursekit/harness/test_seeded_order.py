"""A seed decides which of the tasks that are ready runs next, and nothing else."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from coursekit.harness import VirtualTimeLoop

pytest_plugins = "pytester"

SEEDS = range(20)


def run_on(seed: int | None, main: Callable[[], Coroutine[Any, Any, str]]) -> str:
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(seed)) as runner:
        return runner.run(main())


async def busy_tasks() -> str:
    """The order of the steps of four tasks that wait in several ways."""
    order: list[str] = []
    lock, queue = asyncio.Lock(), asyncio.Queue[str]()

    async def act(name: str) -> None:
        order.append(name)
        await asyncio.sleep(0)
        async with lock:
            order.append(name)
            await asyncio.sleep(1)
        queue.put_nowait(name)
        order.append(await queue.get())

    async with asyncio.TaskGroup() as group:
        for name in "abcd":
            group.create_task(act(name))
    return "".join(order)


def test_without_a_seed_tasks_keep_asyncios_order() -> None:
    assert run_on(None, busy_tasks) == "abcdaabbccdd"


# The same on every Python: a schedule that a learner notes can be replayed anywhere.
@pytest.mark.parametrize(
    ("seed", "order"), [(0, "cabdccaaddbb"), (1, "dacbbbaaddcc"), (11, "abcdbbaaccdd")]
)
def test_a_seed_gives_the_same_order_on_every_python(seed: int, order: str) -> None:
    assert run_on(seed, busy_tasks) == order
    assert run_on(seed, busy_tasks) == order


def test_seeds_differ() -> None:
    assert len({run_on(seed, busy_tasks) for seed in SEEDS}) > len(SEEDS) // 2


def test_every_order_of_three_tasks_occurs() -> None:
    async def main() -> str:
        order: list[str] = []

        async def act(name: str) -> None:
            order.append(name)

        await asyncio.gather(*map(act, "abc"))
        return "".join(order)

    assert len({run_on(seed, main) for seed in range(60)}) == 6


def test_plain_callbacks_keep_their_order() -> None:
    async def main() -> str:
        order: list[str] = []
        loop = asyncio.get_running_loop()
        for name in "abcdef":
            loop.call_soon(order.append, name)
            loop.call_later(1, order.append, name.upper())
        await asyncio.sleep(2)
        return "".join(order)

    assert {run_on(seed, main) for seed in SEEDS} == {"abcdefABCDEF"}


def test_a_step_passes_no_callback_and_no_callback_a_step() -> None:
    async def main() -> str:
        order: list[str] = []

        async def act(name: str) -> None:
            order.append(name)

        first = [asyncio.create_task(act(name)) for name in "abc"]
        asyncio.get_running_loop().call_soon(order.append, "-")
        last = [asyncio.create_task(act(name)) for name in "xyz"]
        await asyncio.gather(*first, *last)
        return "".join(order)

    orders = {run_on(seed, main).partition("-") for seed in SEEDS}
    assert {("".join(sorted(a)), "".join(sorted(b))) for a, _, b in orders} == {("abc", "xyz")}
    assert len(orders) > 1


def test_the_callback_of_a_task_runs_before_whoever_awaits_it() -> None:
    async def main() -> str:
        order: list[str] = []
        task = asyncio.create_task(asyncio.sleep(1))
        task.add_done_callback(lambda _: order.append("callback"))
        await task
        order.append("awaited")
        return " ".join(order)

    assert {run_on(seed, main) for seed in SEEDS} == {"callback awaited"}


def test_timers_and_the_clock_are_as_without_a_seed() -> None:
    async def main() -> str:
        loop, ends = asyncio.get_running_loop(), []

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds)
            ends.append(loop.time())

        await asyncio.gather(*map(sleep, (3, 0.1, 2, 1, 0.1)))
        return str(ends)

    assert {run_on(seed, main) for seed in (None, *SEEDS)} == {"[0.1, 0.1, 1.0, 2.0, 3.0]"}


def test_a_task_runs_in_its_own_context_on_a_schedule_too() -> None:
    request = ContextVar("request", default="none")

    async def main() -> str:
        async def handle(name: str) -> str:
            request.set(name)
            await asyncio.sleep(0)
            return request.get()

        found = await asyncio.gather(*map(handle, "abc"))
        return "".join(found) + request.get()

    assert {run_on(seed, main) for seed in SEEDS} == {"abcnone"}


RACE = """
    import asyncio

    async def test_race():
        order = []

        async def act(name):
            order.append(name)

        await asyncio.gather(*map(act, "abcd"))
        print("order", "".join(order))
        assert order[0] != "c"
"""


def test_the_option_replays_one_schedule(run: Callable[..., pytest.RunResult]) -> None:
    def outcome(*options: str) -> tuple[bool, str]:
        result = run(RACE, "-rA", *options)
        lines = result.stdout.lines
        (order,) = {line.split()[1] for line in lines if line.startswith("order ")}
        return result.ret == 0, order

    assert outcome() == (True, "abcd")
    seeds = {seed: outcome("--schedule", str(seed)) for seed in range(6)}
    assert {passed for passed, _ in seeds.values()} == {True, False}
    assert all(passed == (order[0] != "c") for passed, order in seeds.values())
    assert seeds == {seed: outcome(f"--schedule={seed}") for seed in seeds}


def test_the_option_reaches_the_loops_of_fixtures(run: Callable[..., pytest.RunResult]) -> None:
    run(
        """
        import asyncio, pytest

        @pytest.fixture
        async def order():
            order = []
            async def act(name):
                order.append(name)
            await asyncio.gather(*map(act, "abcd"))
            return "".join(order)

        async def test_order(order):
            assert order != "abcd"
        """,
        "--schedule=1",
    ).assert_outcomes(passed=1)


def test_a_schedule_that_is_no_number_is_refused(run: Callable[..., pytest.RunResult]) -> None:
    result = run("def test_it(): pass", "--schedule=x")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--schedule: invalid int value: 'x'"])

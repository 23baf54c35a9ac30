"""A test that leaves something behind fails by its own name, and says where that was made."""

import gc
import re
from collections.abc import Callable

import pytest

pytest_plugins = "pytester"

Run = Callable[..., pytest.RunResult]


def messages(result: pytest.RunResult) -> dict[str, str]:
    """What stands under the name of each failed test."""
    parts = re.split(r"^___+ (.*?) ___+\n|^===.*\n", result.stdout.str(), flags=re.MULTILINE)
    found = {name: text.strip("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    found = {name: text for name, text in found.items() if name}
    for text in found.values():
        # A line of the standard library would differ by Python version, and help nobody.
        assert set(re.findall(r"\w+\.py(?=:\d)", text)) <= {"test_it.py"}
    return found


def message(result: pytest.RunResult) -> str:
    """What stands under the name of the one failed test."""
    (text,) = messages(result).values()
    return text


def test_a_task_left_running_is_named_with_its_lines_and_what_it_awaits(run: Run) -> None:
    result = run(
        """
        import asyncio

        async def consume(queue):
            while True:
                await wait_for_a_job(queue)

        async def wait_for_a_job(queue):
            return await queue.get()

        async def test_it():
            task = asyncio.create_task(consume(asyncio.Queue()), name="consumer")
            await asyncio.sleep(1)

        async def test_next():
            assert len(asyncio.all_tasks()) == 1
        """
    )
    result.assert_outcomes(failed=1, passed=1)
    assert message(result) == (
        "a task was left running when the test ended\n"
        "  consumer: test_it.py:5 in consume: await wait_for_a_job(queue)\n"
        "    -> test_it.py:8 in wait_for_a_job: return await queue.get()\n"
        "    waits in Queue.get\n"
        "hint: await it, or cancel it and then await it"
    )


def test_a_task_inside_of_asyncio_is_named_by_the_line_that_made_it(run: Run) -> None:
    calls = {
        "asyncio.sleep(5)": ("sleep", "waits in sleep"),
        "asyncio.Event().wait()": ("wait", "waits in Event.wait"),
        "asyncio.Lock().acquire()": ("acquire", ""),  # ends at once
        "asyncio.wait([asyncio.Future()])": ("wait", "waits in wait"),
        "asyncio.to_thread(time.sleep, 0.1)": ("to_thread", "waits in to_thread"),
    }
    tests = [
        f"async def test_{number}():\n    task = asyncio.create_task({call})\n    await turn()\n"
        for number, call in enumerate(calls)
    ]
    turn = "import asyncio, time\nasync def turn(): await asyncio.sleep(0)\n"
    found = messages(run(turn + "".join(tests)))
    for number, (call, (name, waits)) in enumerate(calls.items()):
        if not waits:
            assert f"test_{number}" not in found
            continue
        line = f"test_it.py:{3 * number + 4} in test_{number}: task = asyncio.create_task({call})"
        assert found[f"test_{number}"].splitlines()[1:3] == [
            f"  {name}: in library code, made at {line}",
            f"    {waits}",
        ]


def test_several_tasks_are_counted_and_named_in_the_order_of_their_making(run: Run) -> None:
    result = run(
        """
        import asyncio

        async def test_it():
            tasks = [asyncio.create_task(asyncio.sleep(n)) for n in (3, 2, 1)]
            await asyncio.sleep(0)
        """
    )
    lines = message(result).splitlines()
    assert lines[0] == "3 tasks were left running when the test ended"
    assert [line.split(":")[0] for line in lines[1:6:2]] == ["  sleep", "  sleep #2", "  sleep #3"]


def test_a_cancelled_task_that_still_cleans_up_is_left(run: Run) -> None:
    result = run(
        """
        import asyncio

        async def work():
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(1)

        async def test_not_awaited():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            task.cancel()

        async def test_awaited():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        """
    )
    result.assert_outcomes(failed=1, passed=1)
    assert "test_it.py:7 in work: await asyncio.sleep(1)" in message(result)


def test_a_fixture_may_end_what_the_test_began(run: Run) -> None:
    run(
        """
        import asyncio, pytest

        @pytest.fixture
        async def background():
            tasks = []
            yield tasks
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        async def test_it(background):
            background.append(asyncio.create_task(asyncio.sleep(1)))
        """
    ).assert_outcomes(passed=1)


def test_what_a_fixture_leaves_is_an_error_of_its_test(run: Run) -> None:
    result = run(
        """
        import asyncio, pytest

        @pytest.fixture
        async def service():
            return asyncio.create_task(asyncio.sleep(1))

        @pytest.fixture
        async def tidy_service():
            task = asyncio.create_task(asyncio.sleep(1))
            yield task

        async def test_returned(service):
            pass

        async def test_yielded(tidy_service):
            pass
        """
    )
    result.assert_outcomes(passed=2, errors=2)
    returned, yielded = messages(result).values()
    assert "made at test_it.py:5 in service" in returned
    assert "made at test_it.py:9 in tidy_service" in yielded


def test_a_service_of_the_whole_module_is_not_left_by_its_tests(run: Run) -> None:
    run(
        """
        import asyncio, pytest, pytest_asyncio

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        async def service():
            task = asyncio.create_task(asyncio.Event().wait())
            yield task
            task.cancel()
            await asyncio.wait([task])

        @pytest.mark.asyncio(loop_scope="module")
        async def test_one(service): pass

        @pytest.mark.asyncio(loop_scope="module")
        async def test_two(service): pass
        """
    ).assert_outcomes(passed=2)


def test_a_test_that_failed_is_not_blamed_for_what_it_left(run: Run) -> None:
    result = run(
        """
        import asyncio

        async def test_it():
            task = asyncio.create_task(asyncio.sleep(1))
            assert task.done()
        """
    )
    result.assert_outcomes(failed=1)
    assert "left running" not in result.stdout.str()


def test_real_time_tests_are_watched_too(run: Run) -> None:
    result = run(
        """
        import asyncio, pytest

        pytestmark = pytest.mark.real_time

        async def fail():
            raise ValueError("no")

        async def test_task():
            task = asyncio.create_task(asyncio.sleep(1))

        async def test_error():
            task = asyncio.create_task(fail())
            await asyncio.sleep(0)
        """
    )
    task, error = messages(result).values()
    assert task.startswith("a task was left running")
    assert error.startswith(
        "Task exception was never retrieved\n  task fail, made at test_it.py:12"
    )


# An async generator that is left open: the loop closes it, in a task of its own.
ABANDONED = """\
import asyncio, pytest

closed = []

async def numbers(clean_up):
    try:
        yield 1
    finally:
        await clean_up()
        closed.append(clean_up)

async def at_once(): pass
async def next_turn(): await asyncio.sleep(0)
async def a_moment(): await asyncio.sleep(0.05)
async def never(): await asyncio.Event().wait()

async def leave(clean_up):
    async for _ in numbers(clean_up):
        break

async def leave_in_a_cycle(clean_up):
    generator = numbers(clean_up)
    await anext(generator)
    cycle = [generator]
    cycle.append(cycle)

async def leave_to_a_global(clean_up):
    global generator
    generator = numbers(clean_up)
    await anext(generator)
"""


@pytest.mark.parametrize("mark", ["", "@pytest.mark.real_time"])
def test_an_abandoned_async_generator_is_closed_and_is_no_leak(run: Run, mark: str) -> None:
    tests = f"""
{mark}
@pytest.mark.parametrize("clean_up", [at_once, next_turn, a_moment])
@pytest.mark.parametrize("leave", [leave, leave_in_a_cycle, leave_to_a_global])
async def test_leave(leave, clean_up):
    await leave(clean_up)

def test_closed():
    assert closed == [at_once, next_turn, a_moment] * 3
"""
    run(ABANDONED + tests, "-W", "error").assert_outcomes(passed=10)


def test_an_async_generator_that_cannot_clean_up_is_named(run: Run) -> None:
    tests = """
@pytest.mark.parametrize("leave", [leave, leave_in_a_cycle])
async def test_leave(leave):
    await leave(never)
"""
    found = messages(run(ABANDONED + tests))
    assert list(found) == ["test_leave[leave]", "test_leave[leave_in_a_cycle]"]
    for text in found.values():
        assert text.splitlines()[:4] == [
            "a task was left running when the test ended",
            "  aclose of numbers: test_it.py:9 in numbers: await clean_up()",
            "    -> test_it.py:15 in never: async def never(): await asyncio.Event().wait()",
            "    waits in Event.wait",
        ]


def test_a_task_beside_an_abandoned_generator_is_still_a_leak(run: Run) -> None:
    tests = """
async def test_it():
    task = asyncio.create_task(a_moment())
    await leave(a_moment)
"""
    assert "a_moment: test_it.py:14 in a_moment" in message(run(ABANDONED + tests))


def test_an_error_nobody_looked_at_is_named_with_its_task_and_its_line(run: Run) -> None:
    result = run(
        """
        import asyncio, json

        async def parse(line):
            return json.loads(line)

        async def test_it():
            task = asyncio.create_task(parse("{"), name="parser")
            await asyncio.sleep(1)
        """
    )
    assert message(result) == (
        "Task exception was never retrieved\n"
        "  task parser, made at test_it.py:7 in test_it: "
        'task = asyncio.create_task(parse("{"), name="parser")\n'
        "  JSONDecodeError: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)\n"
        "  test_it.py:4 in parse: return json.loads(line)"
    )


def test_an_error_somebody_looked_at_is_no_leak(run: Run) -> None:
    run(
        """
        import asyncio, pytest

        async def fail():
            raise ValueError("no")

        async def test_awaited():
            task = asyncio.create_task(fail())
            with pytest.raises(ValueError):
                await task

        async def test_asked():
            task = asyncio.create_task(fail())
            await asyncio.wait([task])
            assert task.exception()
        """
    ).assert_outcomes(passed=2)


def test_an_error_in_a_callback_is_named_with_its_line(run: Run) -> None:
    result = run(
        """
        import asyncio

        def ring():
            raise ValueError("broken")

        async def test_it():
            asyncio.get_running_loop().call_later(1, ring)
            await asyncio.sleep(2)
        """
    )
    found = message(result)
    assert found.startswith("Exception in callback ring()")
    assert found.endswith(
        '  ValueError: broken\n  test_it.py:4 in ring: raise ValueError("broken")'
    )


def test_a_coroutine_nobody_awaited_is_named_with_the_line_that_called_it(run: Run) -> None:
    result = run(
        """
        async def audit(job):
            pass

        async def handle(job):
            audit(job)
            return "done"

        async def test_it():
            assert await handle(1) == "done"
        """
    )
    assert message(result) == (
        "coroutine 'audit' was never awaited\n"
        "  test_it.py:5 in handle: audit(job)\n"
        "hint: put await before the call"
    )


def test_in_a_plain_test_and_in_a_fixture_it_is_found_too(run: Run) -> None:
    result = run(
        """
        import pytest

        async def audit():
            pass

        def test_plain():
            audit()

        @pytest.fixture
        def audited():
            yield
            audit()

        def test_beside(audited):
            pass

        def test_in_a_cycle():
            cycle = [audit()]
            cycle.append(cycle)
        """
    )
    result.assert_outcomes(failed=2, passed=1, errors=1)
    result.stdout.fnmatch_lines(["*test_it.py:18 in test_in_a_cycle: cycle = [[]audit()]"])
    result.stdout.fnmatch_lines(["*test_it.py:7 in test_plain: audit()"])
    result.stdout.fnmatch_lines(["*test_it.py:12 in audited: audit()"])


def test_a_mock_nobody_awaited_is_named_with_the_line_that_called_it(run: Run) -> None:
    result = run(
        """
        from unittest.mock import AsyncMock

        async def test_it():
            client = AsyncMock()
            client.get("/loans/7")
            client.get.assert_called_once()
        """
    )
    assert '  test_it.py:5 in test_it: client.get("/loans/7")\n' in message(result)


def test_several_findings_stand_one_below_the_other(run: Run) -> None:
    result = run(
        """
        import asyncio

        async def audit():
            pass

        async def test_it():
            audit()
            task = asyncio.create_task(asyncio.sleep(1))
        """
    )
    found = message(result)
    assert "coroutine 'audit' was never awaited" in found
    assert "a task was left running" in found


def test_a_tidy_test_passes_with_every_warning_an_error(run: Run) -> None:
    run(
        """
        import asyncio

        async def test_it():
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(1))
            async with asyncio.timeout(1):
                await asyncio.to_thread(int)
        """,
        "-W",
        "error",
    ).assert_outcomes(passed=1)


def test_a_run_of_pytest_inside_a_test_leaves_old_objects_frozen(run: Run) -> None:
    run("async def test_it(): pass").assert_outcomes(passed=1)
    assert gc.get_freeze_count() > 10_000  # Python 3.12 freezes a few hundred by itself

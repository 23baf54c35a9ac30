import asyncio

import pytest
from finance_lending_worker.worker import State, Worker, WorkerStopped
from worker_runs import echo, now, running

from coursekit.harness import settle


async def test_a_worker_goes_from_new_to_starting_to_ready_to_draining_to_stopped():
    seen = []
    worker = Worker(
        echo,
        on_start=lambda: seen.append(worker.state),
        on_stop=lambda: seen.append(worker.state),
    )
    seen.append(worker.state)
    async with running(worker):
        seen.append(worker.state)
    seen.append(worker.state)
    assert seen == [State.NEW, State.STARTING, State.READY, State.DRAINING, State.STOPPED]


async def test_a_worker_is_running_only_from_the_end_of_its_start_up():
    worker = Worker(echo, on_start=lambda: asyncio.sleep(3))
    assert not worker.is_running()
    run = asyncio.create_task(worker.run())
    await asyncio.sleep(2.9)
    assert not worker.is_running()
    assert not worker.is_stopped()
    await asyncio.sleep(0.2)
    assert worker.is_running()
    await worker.stop()
    await run


async def test_no_job_begins_before_the_start_up_is_over():
    begun = []

    async def handler(job):
        begun.append(now())

    worker = Worker(handler, on_start=lambda: asyncio.sleep(3))
    await worker.submit("a")
    async with running(worker):
        await worker.join()
    assert begun == [3]


async def test_a_hook_may_be_a_plain_function():
    calls = []
    worker = Worker(on_start=lambda: calls.append("start"), on_stop=lambda: calls.append("stop"))
    async with running(worker):
        pass
    assert calls == ["start", "stop"]


async def test_a_start_up_that_fails_is_raised_by_run_and_closed_all_the_same():
    closed = []

    async def fail():
        await asyncio.sleep(1)
        raise OSError("no database")

    worker = Worker(echo, on_start=fail, on_stop=lambda: closed.append(worker.is_running()))
    await worker.submit("a")
    with pytest.raises(OSError, match="no database"):
        await worker.run()
    assert closed == [False]
    assert worker.is_stopped()
    assert worker.unfinished == ["a"]
    await worker.stop()
    with pytest.raises(WorkerStopped):
        await worker.submit("b")


async def test_a_timeout_of_the_start_up_itself_is_its_error():
    async def fail():
        async with asyncio.timeout(2):
            await asyncio.sleep(60)

    worker = Worker(echo, on_start=fail)
    with pytest.raises(TimeoutError):
        await worker.run()
    assert now() == 2


async def test_a_worker_runs_once():
    worker = Worker(echo)
    async with running(worker):
        with pytest.raises(RuntimeError, match="once"):
            await worker.run()
        assert worker.is_running()
    with pytest.raises(RuntimeError, match="once"):
        await worker.run()


async def test_two_runs_at_the_same_moment_are_one_too_many():
    worker = Worker(echo)
    runs = [asyncio.create_task(worker.run()) for _ in range(2)]
    await settle()
    await worker.stop()
    outcomes = await asyncio.gather(*runs, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "RuntimeError"]


async def test_a_start_up_that_is_cancelled_is_closed():
    closed = []
    worker = Worker(on_start=lambda: asyncio.sleep(60), on_stop=lambda: closed.append("closed"))
    run = asyncio.create_task(worker.run())
    await settle()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert closed == ["closed"]
    assert worker.is_stopped()


@pytest.mark.parametrize(
    "wrong", [{"concurrency": 0}, {"max_attempts": 0}, {"maxsize": -1}, {"grace": -1}]
)
def test_a_number_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Worker(**wrong)

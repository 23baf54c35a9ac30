import asyncio

import pytest
from finance_lending_worker.worker import Worker, WorkerStopped
from worker_runs import block, echo, fates, now, running

from coursekit.harness import settle


async def test_stop_before_run_is_remembered():
    started = []
    worker = Worker(echo, on_start=lambda: started.append("started"))
    await worker.submit("a")
    await worker.stop()
    assert worker.is_stopped()
    await worker.run()
    assert worker.is_stopped()
    assert (started, worker.unfinished) == ([], ["a"])
    with pytest.raises(RuntimeError):
        await worker.run()


async def test_stop_counts_when_run_is_a_task_that_has_not_begun():
    worker = Worker(echo)
    run = asyncio.create_task(worker.run())
    await worker.stop()
    await run
    assert worker.is_stopped()


async def test_a_stop_during_start_up_waits_for_it_and_no_job_is_begun():
    order = []

    async def start():
        await asyncio.sleep(3)
        order.append(("started", now()))

    worker = Worker(
        echo,
        grace=5,
        on_start=start,
        on_stop=lambda: order.append(("closed", worker.is_running())),
    )
    await worker.submit("a")
    run = asyncio.create_task(worker.run())
    await asyncio.sleep(1)
    await worker.stop()
    await run
    assert order == [("started", 3), ("closed", False)]
    assert worker.unfinished == ["a"]


async def test_a_start_up_that_hangs_is_cut_off_when_the_grace_is_over():
    closed = []
    worker = Worker(grace=5, on_start=asyncio.Event().wait, on_stop=lambda: closed.append(now()))
    run = asyncio.create_task(worker.run())
    await asyncio.sleep(1)
    await worker.stop()
    await run
    assert closed == [6]


async def test_a_start_up_that_fails_during_a_stop_is_raised_by_run_and_not_by_stop():
    async def fail():
        await asyncio.sleep(2)
        raise OSError("no database")

    worker = Worker(on_start=fail)
    run = asyncio.create_task(worker.run())
    await asyncio.sleep(1)
    await worker.stop()
    with pytest.raises(OSError, match="no database"):
        await run
    assert worker.is_stopped()


async def test_stops_at_the_same_time_and_afterwards_are_one_stop():
    closed = []
    worker = Worker(echo, on_stop=lambda: closed.append(now()))
    async with running(worker):
        await worker.submit("a")
        await settle()
        await asyncio.gather(worker.stop(), worker.shutdown(), worker.stop())
        assert now() == 1
        await worker.stop()
    assert closed == [1]
    assert worker.results == ["a"]


async def test_a_second_stop_does_not_start_the_grace_anew_nor_end_it():
    worker = Worker(block, grace=5)
    async with running(worker):
        await worker.submit("a")
        await settle()
        first = asyncio.create_task(worker.stop())
        await asyncio.sleep(3)
        await worker.stop()
        assert now() == 5
        await first


async def test_a_stop_that_is_cancelled_stops_the_worker_all_the_same():
    worker = Worker(echo)
    async with running(worker) as run:
        await worker.submit("a")
        await settle()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await worker.stop()
        assert not worker.is_stopped()
        await run
        assert worker.is_stopped()
    assert worker.results == ["a"]


async def test_a_job_may_ask_its_worker_to_stop():
    async def handler(job):
        asking.append(asyncio.create_task(worker.stop()))
        return await echo(job)

    asking = []
    worker = Worker(handler)
    async with running(worker) as run:
        await worker.submit("last")
        await run
        await asyncio.gather(*asking)
    assert worker.results == ["last"]


async def test_a_job_that_awaits_the_stop_is_cut_off_and_does_not_hang_the_worker():
    async def handler(job):
        await worker.stop()

    worker = Worker(handler, grace=2)
    async with running(worker) as run:
        await worker.submit("a")
        await run
        assert now() == 2
    assert worker.unfinished == ["a"]


async def test_run_returns_when_stopped_and_not_before():
    worker = Worker(echo, on_stop=lambda: asyncio.sleep(1))
    async with running(worker) as run:
        await asyncio.sleep(10)
        assert not run.done()
        await worker.stop()
        await run
        assert now() == 11


async def test_a_worker_that_was_never_run_refuses_after_stop():
    worker = Worker(echo)
    await asyncio.gather(worker.stop(), worker.stop())
    with pytest.raises(WorkerStopped):
        await worker.submit("a")
    await worker.join()
    assert fates(worker) == []

import asyncio

import pytest
from finance_lending_worker.worker import Worker, WorkerStopped
from worker_runs import block, echo, fates, now, running

from coursekit.harness import settle


async def test_a_run_that_is_cancelled_cuts_its_jobs_and_closes():
    closed = []

    async def close():
        await asyncio.sleep(1)
        closed.append(now())

    worker = Worker(block, concurrency=1, grace=60, on_stop=close)
    run = asyncio.create_task(worker.run())
    for job in ("in hand", "queued"):
        await worker.submit(job)
    await settle()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert closed == [1]
    assert worker.is_stopped()
    assert worker.unfinished == ["in hand", "queued"]
    with pytest.raises(WorkerStopped):
        await worker.submit("late")


async def test_a_run_that_is_cancelled_again_and_again_closes_all_the_same():
    closed = []

    async def close():
        await asyncio.sleep(3)
        closed.append(now())

    worker = Worker(block, on_stop=close)
    run = asyncio.create_task(worker.run())
    await worker.submit("a")
    await settle()
    for _ in range(3):
        run.cancel()
        await asyncio.sleep(0.5)
    assert not run.done()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert closed == [3]
    assert worker.unfinished == ["a"]


async def test_cancelling_run_ends_the_grace_of_a_stop():
    worker = Worker(block, grace=60)
    run = asyncio.create_task(worker.run())
    await worker.submit("a")
    await settle()
    stop = asyncio.create_task(worker.stop())
    await asyncio.sleep(2)
    run.cancel()
    await stop
    assert now() == 2
    with pytest.raises(asyncio.CancelledError):
        await run
    assert worker.unfinished == ["a"]


async def test_an_error_of_on_stop_is_raised_by_run_when_all_is_closed():
    async def fail():
        raise OSError("disk full")

    worker = Worker(echo, on_stop=fail)
    run = asyncio.create_task(worker.run())
    await worker.submit("a")
    await settle()
    await worker.stop()
    assert worker.is_stopped()
    with pytest.raises(OSError, match="disk full"):
        await run
    assert worker.results == ["a"]


async def test_when_both_hooks_fail_no_error_is_forgotten():
    async def fail_start():
        raise OSError("no database")

    async def fail_stop():
        raise ConnectionError("no network")

    worker = Worker(on_start=fail_start, on_stop=fail_stop)
    with pytest.raises(ConnectionError, match="no network") as caught:
        await worker.run()
    assert "no database" in str(caught.value.__context__)
    assert worker.is_stopped()


async def test_a_job_that_swallows_its_cancellation_and_ends_is_a_result():
    async def handler(job):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return job

    worker = Worker(handler, concurrency=1, grace=1)
    async with running(worker):
        for job in ("a", "b"):
            await worker.submit(job)
        await settle()
        await worker.stop()
        assert now() == 1
    assert (worker.results, worker.unfinished) == (["a"], ["b"])


async def test_a_job_that_is_deaf_to_cancellation_is_left_behind_and_counted_once():
    release = asyncio.Event()
    deaf = []

    async def handler(job):
        deaf.append(asyncio.current_task())
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return job

    worker = Worker(handler, grace=1)
    async with running(worker):
        await worker.submit("a")
        await settle()
        await worker.stop()
        assert now() == 6  # its grace, and five seconds to clean up
        assert worker.is_stopped()
        await worker.join()
    release.set()
    await asyncio.wait(deaf)
    assert (worker.results, worker.unfinished) == ([], ["a"])


async def test_a_consumer_that_is_lost_stops_the_worker():
    consumers = []

    async def handler(job):
        consumers.append(asyncio.current_task())
        return await echo(job)

    worker = Worker(handler, concurrency=3)
    async with running(worker) as run:
        await worker.submit("a")
        await worker.submit("b")
        await settle()
        consumers[0].cancel()
        await settle()
        assert not worker.is_running()
        await run
    assert (worker.results, worker.unfinished) == (["b"], ["a"])


async def test_an_error_that_no_handler_may_catch_stops_the_worker_and_is_raised_by_run():
    class Abort(BaseException):
        pass

    async def handler(job):
        raise Abort

    worker = Worker(handler, concurrency=1)
    run = asyncio.create_task(worker.run())
    await worker.submit("a")
    await worker.submit("b")
    with pytest.raises(Abort):
        await run
    assert worker.is_stopped()
    assert worker.unfinished == ["a", "b"]
    await worker.join()


async def test_all_cancelled_at_once_as_asyncio_run_does_it_loses_nothing():
    worker = Worker(block, concurrency=2, maxsize=3)
    before = asyncio.all_tasks()
    run = asyncio.create_task(worker.run())
    for job in range(3):
        await worker.submit(job)
    await settle()
    everything = asyncio.all_tasks() - before
    assert len(everything) == 3
    for task in everything:
        task.cancel()
    await asyncio.wait(everything)
    assert run.cancelled()
    assert worker.is_stopped()
    assert sorted(fates(worker)) == [0, 1, 2]

import asyncio

import pytest
from finance_lending_worker.worker import Worker, WorkerStopped
from worker_runs import block, echo, fates, now, running

from coursekit.harness import settle


async def test_jobs_may_be_submitted_before_run():
    worker = Worker(echo)
    await worker.submit("a")
    async with running(worker):
        await worker.join()
    assert worker.results == ["a"]


async def test_submit_waits_while_the_queue_is_full():
    worker = Worker(echo, concurrency=1, maxsize=2)
    accepted = []
    async with running(worker):
        for job in range(6):
            await worker.submit(job)
            accepted.append(now())
            await settle()
        await worker.join()
    # One in hand, two in the queue; from then on, one for each that is done.
    assert accepted == [0, 0, 0, 1, 2, 3]


async def test_a_queue_without_limit_takes_all_at_once():
    worker = Worker(echo, concurrency=1, maxsize=0)
    for job in range(5000):
        await worker.submit(job)
    await worker.stop()
    assert worker.unfinished == list(range(5000))


async def test_jobs_are_done_in_the_order_of_submission_even_if_it_had_to_wait():
    worker = Worker(echo, concurrency=1, maxsize=1)
    async with running(worker):
        submissions = []
        for job in range(8):
            submissions.append(asyncio.create_task(worker.submit(job)))
            await settle()
        await asyncio.gather(*submissions)
        await worker.join()
    assert worker.results == list(range(8))


async def test_a_late_submission_does_not_overtake_one_that_waits():
    worker = Worker(echo, concurrency=1, maxsize=1)
    async with running(worker):
        submissions = []
        for job in range(3):
            submissions.append(asyncio.create_task(worker.submit(job)))
            await settle()

        async def submit_when_there_is_room():
            await asyncio.sleep(1)
            await worker.submit("late")

        submissions.append(asyncio.create_task(submit_when_there_is_room()))
        await asyncio.gather(*submissions)
        await worker.join()
    assert worker.results == [0, 1, 2, "late"]


async def test_a_submission_that_is_cancelled_while_it_waits_is_not_accepted():
    worker = Worker(echo, concurrency=1, maxsize=1)
    async with running(worker):
        await worker.submit("in hand")
        await settle()
        await worker.submit("queued")
        waiting = [asyncio.create_task(worker.submit(job)) for job in ("cancelled", "kept")]
        await settle()
        waiting[0].cancel()
        await asyncio.wait(waiting)
        await worker.join()
    assert waiting[0].cancelled()
    assert worker.results == ["in hand", "queued", "kept"]


async def test_submissions_that_wait_when_a_stop_comes_are_refused_and_not_accepted():
    worker = Worker(block, concurrency=1, maxsize=1, grace=5)
    async with running(worker):
        await worker.submit("in hand")
        await settle()
        await worker.submit("queued")
        waiting = [asyncio.create_task(worker.submit(job)) for job in ("c", "d", "e")]
        await settle()
        stop = asyncio.create_task(worker.stop())
        await settle()
        # At once, not when the jobs in flight are over.
        for submission in waiting:
            with pytest.raises(WorkerStopped):
                await submission
        assert now() == 0
        await stop
    assert fates(worker) == ["in hand", "queued"]


async def test_submit_is_refused_as_soon_as_a_stop_was_asked_for_and_for_ever():
    worker = Worker(echo)
    async with running(worker):
        await worker.submit("a")
        await settle()
        stop = asyncio.create_task(worker.stop())
        await asyncio.sleep(0.5)
        with pytest.raises(WorkerStopped):
            await worker.submit("b")
        await stop
    with pytest.raises(WorkerStopped):
        await worker.submit("c")
    assert fates(worker) == ["a"]


async def test_submissions_that_wait_for_run_are_refused_when_stop_comes_first():
    worker = Worker(echo, maxsize=1)
    await worker.submit("queued")
    waiting = asyncio.create_task(worker.submit("b"))
    await settle()
    await worker.stop()
    with pytest.raises(WorkerStopped):
        await waiting
    assert fates(worker) == ["queued"]

import asyncio

import pytest
from finance_lending_worker.worker import Worker, WorkerStopped
from worker_runs import block, echo, now, running

from coursekit.harness import settle


def queue_of(*items):
    queue = asyncio.Queue()
    for item in items:
        queue.put_nowait(item)
    return queue


async def test_a_worker_that_is_not_running_does_the_jobs_of_any_queue():
    queue = queue_of({"id": 1}, {"id": 2}, {"id": 3}, None)
    results = await Worker().process_queue(queue)
    assert [result["id"] for result in results] == [1, 2, 3]
    await queue.join()


async def test_results_are_in_the_order_of_the_queue_however_long_a_job_takes():
    async def handler(job):
        await asyncio.sleep(job)
        return job

    worker = Worker(handler, concurrency=3)
    assert await worker.process_queue(queue_of(3, 1, 2, None)) == [3, 1, 2]
    assert now() == 3
    assert worker.results == [1, 2, 3]


async def test_results_of_equal_jobs_are_in_the_order_of_the_queue_too():
    worker = Worker(echo, concurrency=4)
    assert await worker.process_queue(queue_of(*range(8), None)) == list(range(8))


async def test_a_job_that_keeps_failing_is_dead_lettered_and_has_no_result():
    attempts = []

    async def handler(job):
        attempts.append(job)
        if job == "bad":
            raise ValueError("bad")
        return job

    worker = Worker(handler, concurrency=1, max_attempts=2)
    assert await worker.process_queue(queue_of("a", "bad", "b", None)) == ["a", "b"]
    assert attempts == ["a", "bad", "bad", "b"]
    [(job, error)] = worker.dead_letters
    assert (job, str(error)) == ("bad", "bad")


@pytest.mark.parametrize("job", [0, "", {}, False])
async def test_a_falsy_job_is_a_job_and_only_none_is_the_end(job):
    assert await Worker(echo).process_queue(queue_of(job, None)) == [job]


async def test_jobs_in_hand_of_a_cancelled_process_queue_are_unfinished():
    worker = Worker(block, concurrency=2)
    queue = queue_of("a", "b", "c")
    processing = asyncio.create_task(worker.process_queue(queue))
    await settle()
    processing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await processing
    assert sorted(worker.unfinished) == ["a", "b"]
    assert queue.get_nowait() == "c"


async def test_a_job_that_swallows_the_cancellation_does_not_keep_the_others_going():
    async def handler(job):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return job

    worker = Worker(handler, concurrency=1)
    queue = queue_of("a", "b")
    processing = asyncio.create_task(worker.process_queue(queue))
    await settle()
    processing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await processing
    assert worker.results == ["a"]
    assert queue.get_nowait() == "b"


async def test_a_running_worker_may_process_a_queue_beside_its_own():
    worker = Worker(echo)
    async with running(worker):
        await worker.submit("own")
        assert await worker.process_queue(queue_of("other", None)) == ["other"]
        await worker.join()
    assert sorted(worker.results) == ["other", "own"]


async def test_a_stopped_worker_refuses_a_queue_and_takes_nothing_of_it():
    worker = Worker(echo)
    await worker.stop()
    queue = queue_of("a", None)
    with pytest.raises(WorkerStopped):
        await worker.process_queue(queue)
    assert queue.qsize() == 2

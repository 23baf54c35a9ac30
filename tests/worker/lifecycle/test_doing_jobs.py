import asyncio

import pytest
from finance_lending_worker.worker import Worker
from worker_runs import echo, now, running


async def test_a_worker_without_any_argument_does_any_job_that_has_an_id():
    worker = Worker()
    async with running(worker):
        await worker.submit({"id": 7})
        await worker.join()
    assert worker.results == [{"id": 7, "status": "completed"}]


async def test_results_come_in_the_order_of_completion():
    async def handler(job):
        await asyncio.sleep(job)
        return job

    worker = Worker(handler, concurrency=3)
    async with running(worker):
        for seconds in (3, 1, 2):
            await worker.submit(seconds)
        await worker.join()
        assert now() == 3
    assert worker.results == [1, 2, 3]


async def test_never_more_jobs_than_the_concurrency_are_in_flight_and_no_fewer():
    inside = peak = 0

    async def handler(job):
        nonlocal inside, peak
        inside += 1
        peak = max(peak, inside)
        await asyncio.sleep(1)
        inside -= 1

    worker = Worker(handler, concurrency=3)
    async with running(worker):
        for job in range(10):
            await worker.submit(job)
        await worker.join()
        assert now() == 4
    assert peak == 3


@pytest.mark.parametrize("job", [None, 0, "", {}, [], False])
async def test_a_falsy_job_is_a_job(job):
    worker = Worker(echo)
    async with running(worker):
        await worker.submit(job)
        await worker.join()
    assert worker.results == [job]


async def test_a_falsy_result_is_a_result():
    async def handler(job):
        return None

    worker = Worker(handler)
    async with running(worker):
        await worker.submit("a")
        await worker.join()
    assert worker.results == [None]


async def test_a_job_that_keeps_failing_is_dead_lettered_with_its_error_after_the_last_attempt():
    attempts = []

    async def handler(job):
        attempts.append(job)
        raise ValueError(f"bad {job}")

    worker = Worker(handler, max_attempts=4)
    async with running(worker):
        await worker.submit("a")
        await worker.join()
    assert attempts == ["a"] * 4
    [(job, error)] = worker.dead_letters
    assert job == "a"
    assert isinstance(error, ValueError)
    assert str(error) == "bad a"
    assert worker.results == []


async def test_a_job_that_succeeds_at_the_last_attempt_is_a_result():
    attempts = 0

    async def handler(job):
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise ConnectionError
        return job

    worker = Worker(handler, max_attempts=3)
    async with running(worker):
        await worker.submit("a")
        await worker.join()
    assert (worker.results, worker.dead_letters) == (["a"], [])


@pytest.mark.parametrize("error", [ValueError, TimeoutError, ConnectionError, Exception])
async def test_more_bad_jobs_than_consumers_do_not_keep_a_good_one_from_being_done(error):
    async def handler(job):
        if job == "good":
            return job
        raise error

    worker = Worker(handler, concurrency=2)
    async with running(worker):
        for job in ("bad", "bad", "bad", "bad", "good"):
            await worker.submit(job)
        await worker.join()
        assert worker.is_running()
    assert worker.results == ["good"]
    assert [job for job, _ in worker.dead_letters] == ["bad"] * 4


async def test_a_job_that_raises_cancelled_error_by_itself_has_failed():
    async def handler(job):
        raise asyncio.CancelledError

    worker = Worker(handler, concurrency=1)
    async with running(worker):
        await worker.submit("a")
        await worker.submit("b")
        await worker.join()
        assert worker.is_running()
    assert [job for job, _ in worker.dead_letters] == ["a", "b"]
    assert worker.unfinished == []


async def test_a_deadline_inside_a_job_is_a_failure_and_no_cancellation():
    async def handler(job):
        async with asyncio.timeout(1):
            await asyncio.sleep(60)

    worker = Worker(handler, max_attempts=2)
    async with running(worker):
        await worker.submit("a")
        await worker.join()
        assert now() == 2
    [(_, error)] = worker.dead_letters
    assert isinstance(error, TimeoutError)


async def test_join_waits_for_the_jobs_in_flight_and_not_only_for_the_queue():
    worker = Worker(echo)
    async with running(worker):
        await worker.submit("a")
        await worker.join()
        assert (now(), worker.results) == (1, ["a"])


async def test_join_returns_at_once_when_nothing_was_accepted():
    await Worker(echo).join()


async def test_jobs_that_never_wait_do_not_keep_others_from_running():
    worker = Worker(_at_once, concurrency=1)
    for job in range(500):
        await worker.submit(job)
    run = asyncio.create_task(worker.run())
    for _ in range(20):
        await asyncio.sleep(0)
    await worker.stop()
    await run
    assert 0 < len(worker.results) < 50
    assert len(worker.results) + len(worker.unfinished) == 500


async def _at_once(job):
    return job

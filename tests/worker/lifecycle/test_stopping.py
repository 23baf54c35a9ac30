import asyncio
from collections.abc import Awaitable, Callable

import pytest
from finance_lending_worker.worker import State, Worker, WorkerStopped
from worker_runs import block, echo, fates, now, running

from coursekit.harness import settle


@pytest.mark.parametrize("grace", [3, 0.5], ids=["within-grace", "over-grace"])
@pytest.mark.parametrize("case", ["idle", "busy", "queued", "blocked"])
async def test_stop_ends_on_time_and_each_job_has_one_fate(case, grace):
    begun = []

    async def handler(job):
        begun.append(job)
        return await echo(job)

    worker = Worker(handler, concurrency=2, maxsize=2, grace=grace)
    async with running(worker):
        jobs = {"idle": [], "busy": ["a"], "queued": list("abcd"), "blocked": list("abcd")}[case]
        for job in jobs:
            await worker.submit(job)
            await settle()
        blocked = [asyncio.create_task(worker.submit("e"))] if case == "blocked" else []
        await settle()
        await worker.stop()
        in_flight = jobs[:2]
        assert now() == (0 if not in_flight else min(1, grace))
        assert begun == in_flight
        assert sorted(worker.results) == (in_flight if grace > 1 else [])
        assert sorted(worker.unfinished) == (jobs[2:] if grace > 1 else jobs)
        assert worker.dead_letters == []
        for submission in blocked:
            with pytest.raises(WorkerStopped):
                await submission
        await worker.join()


@pytest.mark.parametrize("end", ["stop", "shutdown"])
async def test_a_job_in_flight_is_not_touched_within_the_grace(end):
    cancelled = []

    async def handler(job):
        try:
            return await echo(job)
        except asyncio.CancelledError:
            cancelled.append(job)
            raise

    worker = Worker(handler)
    async with running(worker):
        await worker.submit("a")
        await settle()
        await getattr(worker, end)()
        assert worker.is_stopped()
    assert (worker.results, cancelled) == (["a"], [])


async def test_some_idle_consumers_do_not_shorten_the_grace_of_a_busy_one():
    worker = Worker(echo, concurrency=5, grace=5)
    async with running(worker):
        await worker.submit("a")
        await settle()
        await worker.stop()
        assert now() == 1
    assert worker.results == ["a"]


async def test_jobs_of_different_length_get_the_same_grace():
    async def handler(job):
        await asyncio.sleep(job)
        return job

    worker = Worker(handler, grace=2.5)
    async with running(worker):
        for seconds in (1, 2, 3, 4):
            await worker.submit(seconds)
        await settle()
        await worker.stop()
        assert now() == 2.5
    assert sorted(worker.results) == [1, 2]
    assert sorted(worker.unfinished) == [3, 4]


async def test_no_grace_cuts_at_once():
    worker = Worker(block, grace=0)
    async with running(worker):
        await worker.submit("a")
        await settle()
        await worker.stop()
        assert now() == 0
    assert worker.unfinished == ["a"]


async def test_a_job_that_is_cut_off_may_clean_up_before_stop_returns():
    cleaned = []

    async def handler(job):
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(1)
            cleaned.append(now())

    worker = Worker(handler, grace=2, on_stop=lambda: cleaned.append("closed"))
    async with running(worker):
        await worker.submit("a")
        await settle()
        await worker.stop()
    assert cleaned == [3, "closed"]
    assert worker.unfinished == ["a"]


async def test_a_job_that_is_cut_off_is_not_tried_again_nor_dead_lettered():
    attempts = []

    async def handler(job):
        attempts.append(job)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectionError("cut") from None

    worker = Worker(handler, grace=0)
    async with running(worker):
        await worker.submit("a")
        await settle()
        await worker.stop()
    assert attempts == ["a"]
    assert (worker.unfinished, worker.dead_letters) == (["a"], [])


async def test_a_retry_goes_on_while_the_grace_lasts():
    attempts = []

    async def handler(job):
        attempts.append(now())
        await asyncio.sleep(1)
        raise ConnectionError

    worker = Worker(handler, max_attempts=3, grace=10)
    async with running(worker):
        await worker.submit("a")
        await settle()
        await worker.stop()
    assert attempts == [0, 1, 2]
    assert [job for job, _ in worker.dead_letters] == ["a"]


async def test_a_job_that_is_submitted_in_the_breath_before_the_stop_is_not_lost():
    worker = Worker(echo)
    async with running(worker):
        await worker.submit("a")
        await worker.stop()
    assert fates(worker) == ["a"]


@pytest.mark.parametrize("ticks", range(12))
async def test_a_stop_at_any_step_of_the_start_loses_no_job(ticks):
    states = []
    worker = Worker(
        echo,
        concurrency=2,
        on_start=lambda: asyncio.sleep(0),
        on_stop=lambda: states.append(worker.state),
    )
    for job in range(4):
        await worker.submit(job)
    run = asyncio.create_task(worker.run())
    for _ in range(ticks):
        await asyncio.sleep(0)
    await worker.stop()
    await run
    assert sorted(fates(worker)) == [0, 1, 2, 3]
    assert states in ([], [State.DRAINING])
    assert worker.is_stopped()


async def test_a_stopping_worker_is_not_running_and_not_stopped_before_its_end():
    worker = Worker(echo, on_stop=lambda: asyncio.sleep(1))
    async with running(worker):
        await worker.submit("a")
        await settle()
        stop = asyncio.create_task(worker.stop())
        for _ in range(2):
            await asyncio.sleep(0.9)
            assert worker.state is State.DRAINING
            assert not worker.is_running()
            assert not worker.is_stopped()
            assert not stop.done()
        await stop
        assert worker.is_stopped()
        assert now() == 2


async def test_on_stop_comes_after_the_last_job():
    order = []

    async def handler(job):
        try:
            await asyncio.sleep(60)
        finally:
            order.append(job)

    worker = Worker(handler, grace=1, on_stop=lambda: order.append(list(worker.unfinished)))
    async with running(worker):
        await worker.submit("a")
        await settle()
        await worker.stop()
    assert order == ["a", ["a"]]


@pytest.mark.parametrize("grace", [0, 1])
async def test_join_does_not_hang_after_a_stop(grace):
    worker = Worker(block, concurrency=1, maxsize=3, grace=grace)
    async with running(worker):
        for job in range(3):
            await worker.submit(job)
        joining = asyncio.create_task(worker.join())
        await settle()
        assert not joining.done()
        await worker.stop()
        await joining
    assert worker.unfinished == [0, 1, 2]


async def test_a_worker_that_is_full_of_work_can_be_stopped_while_it_is_fed():
    worker = Worker(echo, concurrency=2, maxsize=2, grace=10)
    accepted = []

    async def feed(submit: Callable[[int], Awaitable[None]]) -> None:
        for job in range(100):
            await submit(job)
            accepted.append(job)

    async with running(worker):
        feeding = asyncio.create_task(feed(worker.submit))
        await asyncio.sleep(4.5)
        await worker.stop()
        with pytest.raises(WorkerStopped):
            await feeding
    assert sorted(fates(worker)) == accepted
    assert len(worker.results) == 10

import asyncio

import pytest
from finance_lending_worker.tasks.processor import process_jobs


def now() -> float:
    return asyncio.get_running_loop().time()


def jobs(*seconds: float) -> list[dict[str, float]]:
    return [{"id": number, "seconds": length} for number, length in enumerate(seconds)]


async def take_its_time(job: dict[str, float]) -> float:
    await asyncio.sleep(job["seconds"])
    return job["seconds"]


class Inside:
    """A handler that counts how many jobs are inside it, and fails the odd ones if asked to."""

    def __init__(self, failing: bool = False) -> None:
        self.failing, self.inside, self.peak, self.ids = failing, 0, 0, []

    async def __call__(self, job: dict[str, float]) -> None:
        self.ids.append(job["id"])
        self.inside += 1
        self.peak = max(self.peak, self.inside)
        try:
            await asyncio.sleep(1)
            if self.failing and job["id"] < 3:
                raise OSError("down")
        finally:
            self.inside -= 1


async def test_results_stand_in_the_order_of_the_jobs():
    assert await process_jobs(jobs(3, 1, 2), handler=take_its_time) == [
        {"id": 0, "status": "completed", "result": 3},
        {"id": 1, "status": "completed", "result": 1},
        {"id": 2, "status": "completed", "result": 2},
    ]
    assert now() == 3


async def test_the_default_handler_takes_any_job_with_an_id():
    results = await process_jobs([{"id": "a"}, {"id": "b", "kind": "loan"}], 2)
    assert [(result["id"], result["status"]) for result in results] == [
        ("a", "completed"),
        ("b", "completed"),
    ]


async def test_no_jobs_have_no_results():
    assert await process_jobs([]) == []


@pytest.mark.parametrize(("limit", "seconds"), [(1, 8), (3, 3), (8, 1), (20, 1)])
async def test_as_many_run_at_once_as_are_allowed_and_never_more(limit, seconds):
    handler = Inside()
    await process_jobs((job for job in jobs(*[1] * 8)), max_concurrent=limit, handler=handler)
    assert handler.peak == min(limit, 8)
    assert now() == seconds


async def test_each_job_is_handled_once():
    handler = Inside()
    await process_jobs(jobs(*[1] * 8), 3, handler)
    assert sorted(handler.ids) == list(range(8))


async def test_five_run_at_once_by_default():
    handler = Inside()
    await process_jobs(jobs(*[1] * 8), handler=handler)
    assert handler.peak == 5


async def test_a_failed_job_gives_its_slot_back():
    handler = Inside(failing=True)
    results = await process_jobs(jobs(*[1] * 8), max_concurrent=2, handler=handler)
    assert handler.peak == 2
    assert [result["status"] for result in results] == ["failed"] * 3 + ["completed"] * 5


@pytest.mark.parametrize(
    "error",
    [ValueError("no amount"), OSError("down"), TimeoutError(), asyncio.CancelledError()],
    ids=repr,
)
async def test_a_job_that_fails_fails_alone_and_says_why(error):
    async def handler(job):
        if job["id"] == 1:
            raise error
        return "done"

    results = await process_jobs(jobs(1, 1, 1), handler=handler)
    assert [result["status"] for result in results] == ["completed", "failed", "completed"]
    assert results[1]["id"] == 1
    assert results[1]["error"]
    assert str(error) in results[1]["error"]


async def test_the_timeout_counts_from_the_start_of_a_job_not_from_its_wait_for_a_slot():
    results = await process_jobs(jobs(1, 1, 1, 1), 1, take_its_time, timeout=1.5)
    assert [result["status"] for result in results] == ["completed"] * 4
    assert now() == 4


async def test_a_job_that_takes_too_long_is_cancelled_and_fails():
    ends = []

    async def handler(job):
        try:
            return await take_its_time(job)
        finally:
            ends.append(now())

    results = await process_jobs(jobs(9, 1, 9), max_concurrent=1, handler=handler, timeout=2)
    assert [result["status"] for result in results] == ["failed", "completed", "failed"]
    assert results[0]["error"]
    assert ends in ([1, 3, 5], [2, 3, 5], [2, 4, 5])  # whichever job came first


async def test_cancelling_it_cancels_its_jobs_and_is_raised():
    cancelled, begun = [], []

    async def handler(job):
        begun.append(job["id"])
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(1)
            cancelled.append(job["id"])
            raise

    batch = asyncio.create_task(process_jobs(jobs(1, 1, 1), max_concurrent=2, handler=handler))
    await asyncio.sleep(5)
    batch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await batch
    assert len(begun) == 2
    assert (sorted(cancelled), now()) == (sorted(begun), 6)


@pytest.mark.parametrize("limit", [0, -1])
async def test_no_slot_at_all_is_refused(limit):
    with pytest.raises(ValueError, match="max_concurrent"):
        await process_jobs([{"id": 1}], limit)


async def test_a_job_that_cancels_itself_fails_alone():
    async def handler(job):
        if job["id"] == 1:
            asyncio.current_task().cancel()
        await take_its_time(job)

    results = await process_jobs(jobs(1, 1, 1), 2, handler)
    assert [result["status"] for result in results] == ["completed", "failed", "completed"]
    assert results[1]["error"] == "CancelledError"


async def test_a_batch_inside_a_block_that_took_back_a_cancellation_ends_as_usual():
    asyncio.current_task().cancel()  # and nobody calls uncancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(0)
    results = await process_jobs(jobs(1, 1), 1, take_its_time)
    assert [result["status"] for result in results] == ["completed", "completed"]

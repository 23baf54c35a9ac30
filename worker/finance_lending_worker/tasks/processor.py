"""Many jobs at once, but never too many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from finance_lending_worker.tasks.cancellation import watch_for_cancellation

Job = Mapping[str, Any]


async def acknowledge(job: Job) -> dict[str, Any]:
    """The embedded handler: takes any job that has an `id` and returns that."""
    await asyncio.sleep(0.01)
    return {"id": job["id"]}


async def process_jobs(
    jobs: Iterable[Job],
    max_concurrent: int = 5,
    handler: Callable[[Any], Awaitable[Any]] = acknowledge,
    timeout: float | None = None,
) -> list[dict[str, Any]]:
    """Await `handler(job)` for all jobs, at most `max_concurrent` at the same moment.

    A job that takes more than `timeout` seconds fails. They count from its start: the wait for a
    free slot is not the job's fault. A failed job ends neither the others nor the batch.

    Returns:
        A dict for each job, in the order of `jobs`: its `id`; `status` "completed" and `result`,
        or `status` "failed" and the `error` as text.

    Raises:
        ValueError: `max_concurrent` is less than 1.
        asyncio.CancelledError: process_jobs was cancelled; all its jobs are, too, and have ended.
    """
    if max_concurrent < 1:
        raise ValueError("max_concurrent must be at least 1")
    slots = asyncio.Semaphore(max_concurrent)
    is_cancelled = watch_for_cancellation()

    async def run(job: Job) -> dict[str, Any]:
        try:
            async with slots, asyncio.timeout(timeout):
                result = await handler(job)
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            # Nobody has cancelled the batch: the job has cancelled itself.
            return _failure(job, error)
        except Exception as error:
            return _failure(job, error)
        return {"id": job.get("id"), "status": "completed", "result": result}

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(job)) for job in jobs]
    return [task.result() for task in tasks]


def _failure(job: Job, error: BaseException) -> dict[str, Any]:
    # A TimeoutError has no text of its own.
    return {"id": job.get("id"), "status": "failed", "error": str(error) or type(error).__name__}

"""A worker for the length of a block, and what became of its jobs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from finance_lending_worker.worker import Worker

from coursekit.harness import settle


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    """Run the worker; it is ready when the block begins and stopped when it has ended."""
    run = asyncio.create_task(worker.run())
    await settle()
    try:
        yield run
    finally:
        await worker.stop()
        await run


def fates(worker: Worker) -> list[Any]:
    """Every job the worker has an answer for; its handler is to return the job."""
    return [*worker.results, *(job for job, _ in worker.dead_letters), *worker.unfinished]


def now() -> float:
    """The virtual time, in seconds."""
    return asyncio.get_running_loop().time()


async def echo(job: Any) -> Any:
    """A handler that takes a second and returns the job."""
    await asyncio.sleep(1)
    return job


async def block(job: Any) -> Any:
    """A handler that never ends by itself."""
    await asyncio.Event().wait()

"""A task that runs for long: it can be stopped at any row and says how far it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from finance_lending_worker.tasks.finishing import finish


async def _score_row(row: Any) -> None:
    await asyncio.sleep(0.1)


async def process_large_dataset(
    rows: Iterable[Any] = range(100),
    handle: Callable[[Any], Coroutine[Any, Any, Any]] = _score_row,
    checkpoint: Callable[[int], Coroutine[Any, Any, Any]] | None = None,
) -> dict[str, int]:
    """Await `handle(row)` for one row after the other; with the defaults that takes 10 seconds.

    A bad row, one whose handling raises ValueError, is skipped and counted. `checkpoint` is awaited
    once, to its end, with the number of rows handled, however it ends: when all is done, after an
    error, or when the task is cancelled, even if that happens once more during the checkpoint.

    Returns:
        How many rows were `handled` and how many `skipped`.

    Raises:
        asyncio.CancelledError: the task was cancelled; it stops at the row in hand.
        Exception: any other error of `handle`, or an error of `checkpoint`.
    """
    handled = skipped = 0
    try:
        for row in rows:
            try:
                await handle(row)
            except ValueError:
                skipped += 1
            else:
                handled += 1
            # Others get their turn, and a cancellation its chance, even if `handle` never waits.
            await asyncio.sleep(0)
    finally:
        if checkpoint is not None:
            await finish(checkpoint(handled))
    return {"handled": handled, "skipped": skipped}

import asyncio
from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.tasks.long_running import process_large_dataset

from coursekit.harness import settle


def now() -> float:
    return asyncio.get_running_loop().time()


async def a_second(row: object) -> None:
    await asyncio.sleep(1)


async def picky(row: int) -> None:
    if row % 2:
        raise ValueError(f"row {row} is odd")


async def test_without_arguments_it_runs_for_seconds():
    assert await process_large_dataset() == {"handled": 100, "skipped": 0}
    assert 5 < now() < 60


async def test_rows_are_handled_one_after_the_other():
    rows = []

    async def handle(row):
        await asyncio.sleep(1)
        rows.append((row, now()))

    await process_large_dataset(rows="abc", handle=handle)
    assert rows == [("a", 1), ("b", 2), ("c", 3)]


async def test_bad_rows_are_skipped_and_counted():
    checkpoint = AsyncMock()
    counts = await process_large_dataset(range(5), picky, checkpoint)
    assert counts == {"handled": 3, "skipped": 2}
    checkpoint.assert_awaited_once_with(3)


async def test_no_rows_are_no_error():
    checkpoint = AsyncMock()
    assert await process_large_dataset([], checkpoint=checkpoint) == {"handled": 0, "skipped": 0}
    checkpoint.assert_awaited_once_with(0)


@pytest.mark.parametrize("error", [KeyError("x"), OSError("down"), TimeoutError()], ids=repr)
async def test_any_other_error_ends_it_after_the_checkpoint(error):
    checkpoint = AsyncMock()
    handle = AsyncMock(side_effect=[None, None, error, None])
    with pytest.raises(type(error)) as caught:
        await process_large_dataset(range(4), handle, checkpoint)
    assert caught.value is error
    assert handle.await_count == 3
    checkpoint.assert_awaited_once_with(2)


async def test_rows_that_cannot_be_read_end_it_after_the_checkpoint():
    def rows():
        yield 1
        raise OSError("the file is gone")

    checkpoint = AsyncMock()
    with pytest.raises(OSError, match="gone"):
        await process_large_dataset(rows(), AsyncMock(), checkpoint)
    checkpoint.assert_awaited_once_with(1)


async def test_it_can_be_stopped_at_any_row_and_says_how_far_it_came():
    checkpoint = AsyncMock()
    task = asyncio.create_task(process_large_dataset(range(100), a_second, checkpoint))
    await asyncio.sleep(2.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert now() == 2.5
    checkpoint.assert_awaited_once_with(2)


async def test_it_can_be_stopped_even_if_no_row_ever_waits():
    handle = AsyncMock()
    task = asyncio.create_task(process_large_dataset(range(10_000), handle))
    for _ in range(10):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < handle.await_count < 100


async def test_a_checkpoint_is_written_to_its_end_whoever_cancels_meanwhile():
    written = []

    async def checkpoint(handled):
        await asyncio.sleep(1)
        written.append((handled, now()))

    task = asyncio.create_task(process_large_dataset(range(100), a_second, checkpoint))
    await asyncio.sleep(2.5)
    for _ in range(3):
        task.cancel()
        await settle()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert written == [(2, 3.5)]


async def test_cancelled_during_the_last_checkpoint_it_is_cancelled_all_the_same():
    written = []

    async def checkpoint(handled):
        await asyncio.sleep(1)
        written.append(handled)

    task = asyncio.create_task(process_large_dataset(range(2), AsyncMock(), checkpoint))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert written == [2]


async def test_a_checkpoint_that_cannot_be_written_is_an_error():
    checkpoint = AsyncMock(side_effect=OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        await process_large_dataset(range(2), AsyncMock(), checkpoint)

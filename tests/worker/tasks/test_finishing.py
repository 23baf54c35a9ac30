import asyncio

import pytest
from finance_lending_worker.tasks.finishing import finish


def now() -> float:
    return asyncio.get_running_loop().time()


async def paid_after(seconds: float, error: BaseException | None = None) -> str:
    await asyncio.sleep(seconds)
    if error is not None:
        raise error
    return "paid"


async def test_the_result_of_the_work_is_returned():
    assert await finish(paid_after(1)) == "paid"
    assert now() == 1


async def test_the_error_of_the_work_is_raised():
    with pytest.raises(OSError, match="disk full"):
        await finish(paid_after(1, OSError("disk full")))


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_however_often_it_is_cancelled_the_work_ends_first(times):
    ended = []

    async def work():
        await asyncio.sleep(10)
        ended.append(now())

    task = asyncio.create_task(finish(work()))
    for _ in range(times):
        await asyncio.sleep(1)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (ended, now()) == ([10], 10)


async def test_an_error_after_the_cancellation_is_its_cause():
    error = OSError("disk full")
    task = asyncio.create_task(finish(paid_after(3, error)))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.__cause__ is error


async def test_work_that_is_cancelled_itself_says_so():
    with pytest.raises(asyncio.CancelledError):
        await finish(paid_after(1, asyncio.CancelledError()))
    assert asyncio.current_task().cancelling() == 0


async def test_work_that_is_cancelled_itself_leaves_the_callers_own_cancellation():
    task = asyncio.create_task(finish(paid_after(3, asyncio.CancelledError())))
    await asyncio.sleep(1)
    task.cancel("shutdown")
    with pytest.raises(asyncio.CancelledError, match="shutdown"):
        await task

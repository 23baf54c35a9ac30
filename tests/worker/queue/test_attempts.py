import asyncio
from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.queue.attempts import attempt
from queue_runs import cancels_itself_and_keeps_that_quiet

from coursekit.harness import settle


async def test_the_first_success_is_the_result():
    handler = AsyncMock(side_effect=[OSError(), "done"])
    assert await attempt(handler, {"id": 1}, 3) == "done"
    assert handler.await_args_list == [(({"id": 1},),), (({"id": 1},),)]


@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_it_gives_up_after_so_many_attempts_with_the_last_error(attempts):
    errors = [OSError(number) for number in range(9)]
    handler = AsyncMock(side_effect=errors)
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its identity is what matters
        await attempt(handler, "message", attempts)
    assert caught.value is errors[attempts - 1]
    assert handler.await_count == attempts


async def test_no_attempt_at_all_is_refused():
    with pytest.raises(ValueError, match="max_attempts"):
        await attempt(AsyncMock(), "message", 0)


async def test_a_handler_that_raises_cancelled_error_by_itself_has_failed():
    handler = AsyncMock(side_effect=asyncio.CancelledError())
    with pytest.raises(RuntimeError, match="CancelledError"):
        await attempt(handler, "message", 2)
    assert handler.await_count == 2


async def test_a_second_attempt_may_mend_a_cancelled_error_of_the_handlers_own():
    handler = AsyncMock(side_effect=[asyncio.CancelledError(), "done"])
    assert await attempt(handler, "message", 2) == "done"


@pytest.mark.parametrize("answer", [asyncio.CancelledError, OSError, TimeoutError])
async def test_a_cancellation_ends_it_whatever_the_handler_makes_of_it(answer):
    attempts = []

    async def handler(message):
        attempts.append(message)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise answer from error

    task = asyncio.create_task(attempt(handler, "message", 3))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert attempts == ["message"]


async def test_a_cancellation_that_an_earlier_job_kept_to_itself_is_no_news():
    assert await attempt(cancels_itself_and_keeps_that_quiet, "a", 1) == "a"
    with pytest.raises(ValueError, match="bad"):
        await attempt(AsyncMock(side_effect=ValueError("bad")), "b", 1)
    with pytest.raises(RuntimeError, match="CancelledError"):
        await attempt(AsyncMock(side_effect=asyncio.CancelledError), "c", 1)

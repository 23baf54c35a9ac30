import asyncio
from unittest.mock import AsyncMock

import httpx
import pytest
from finance_lending_worker.services.retry import retry, retry_within


def now() -> float:
    return asyncio.get_running_loop().time()


class Flaky:
    """Fails its first `failures` calls with `error`, each after `seconds`; notes their times."""

    """Fails its first `failures` calls with `error`, each after `seconds`; notes their times."""

    def __init__(self, failures: int = 99, error: BaseException | None = None, seconds: float = 0):
        self.failures, self.error, self.seconds = failures, error or ConnectionError(), seconds
        self.calls: list[float] = []

    async def __call__(self) -> str:
        self.calls.append(now())
        await asyncio.sleep(self.seconds)
        if len(self.calls) <= self.failures:
            raise self.error
        return "answer"


async def test_the_pauses_double_and_the_last_failure_is_raised_at_once():
    op = Flaky()
    with pytest.raises(ConnectionError) as caught:
        await retry(op)
    assert caught.value is op.error
    assert op.calls == [0, 1, 3, 7]
    assert now() == 7


@pytest.mark.parametrize(("failures", "calls"), [(0, [0]), (1, [0, 1]), (3, [0, 1, 3, 7])])
async def test_the_first_success_is_the_result(failures, calls):
    op = Flaky(failures)
    assert await retry(op, 4, 1.0, ConnectionError) == "answer"
    assert op.calls == calls


async def test_attempts_and_base_delay_are_the_callers():
    op = Flaky()
    with pytest.raises(ConnectionError):
        await retry(op, attempts=3, base_delay=0.5, retry_on=(ConnectionError,))
    assert op.calls == [0, 0.5, 1.5]


async def test_one_attempt_means_no_pause():
    op = Flaky()
    with pytest.raises(ConnectionError):
        await retry(op, attempts=1)
    assert (op.calls, now()) == ([0], 0)


@pytest.mark.parametrize("error", [ValueError(), KeyError(), asyncio.CancelledError()])
async def test_an_error_that_time_does_not_mend_is_raised_at_once(error):
    op = Flaky(error=error)
    with pytest.raises(type(error)):
        await retry(op)
    assert (op.calls, now()) == ([0], 0)


@pytest.mark.parametrize(
    "error", [ConnectionResetError(), TimeoutError(), httpx.ConnectError("down")], ids=repr
)
async def test_by_default_what_time_may_mend_is_tried_again(error):
    op = Flaky(1, error)
    assert await retry(op) == "answer"
    assert op.calls == [0, 1]


async def test_a_bad_request_is_sent_once():
    request = httpx.Request("GET", "https://a.example")
    error = httpx.HTTPStatusError("400", request=request, response=httpx.Response(400))
    op = AsyncMock(side_effect=error)
    with pytest.raises(httpx.HTTPStatusError):
        await retry(op)
    assert op.await_count == 1


async def test_others_run_during_the_pauses():
    ticks = []

    async def tick():
        while True:
            ticks.append(now())
            await asyncio.sleep(1)

    ticker = asyncio.create_task(tick())
    await retry(Flaky(2))
    ticker.cancel()
    assert ticks[:3] == [0, 1, 2]


@pytest.mark.parametrize("attempts", [0, -1])
async def test_no_attempt_at_all_is_refused(attempts):
    op = AsyncMock()
    with pytest.raises(ValueError, match="attempts"):
        await retry(op, attempts)
    assert op.await_count == 0


@pytest.mark.parametrize("seconds", [0, 0.75, 10], ids=["pause", "later-attempt", "first-attempt"])
async def test_the_budget_ends_whatever_is_going_on_at_that_moment(seconds):
    with pytest.raises(TimeoutError):
        await retry_within(Flaky(seconds=seconds), 2.5, attempts=99)
    assert now() == 2.5


async def test_the_attempt_that_overruns_the_budget_is_cancelled():
    cancelled = []

    async def op():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(now())
            raise

    with pytest.raises(TimeoutError):
        await retry_within(op, budget=2)
    assert cancelled == [2]


async def test_within_the_budget_it_is_retry():
    op = Flaky(2)
    assert await retry_within(op, 10) == "answer"
    assert op.calls == [0, 1, 3]


async def test_what_was_asked_for_holds_within_a_budget_too():
    op = Flaky(error=KeyError())
    with pytest.raises(KeyError):
        await retry_within(op, 10, attempts=3, base_delay=0.5, retry_on=KeyError)
    assert op.calls == [0, 0.5, 1.5]

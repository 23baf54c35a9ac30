import asyncio
from unittest.mock import AsyncMock

import httpx
import pytest
from finance_lending_worker.services.api_client import (
    ApiError,
    call_api,
    call_many,
    fetch_data_with_timeout,
)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_call_answers_with_its_endpoint_and_ok():
    assert await call_api("rates") == {"endpoint": "rates", "status": "ok"}


async def test_the_failing_endpoint_is_named_and_the_cause_is_kept():
    with pytest.raises(ApiError, match="failing_endpoint") as caught:
        await call_api("failing_endpoint")
    assert isinstance(caught.value.__cause__, httpx.HTTPStatusError)


async def test_an_endpoint_that_is_not_there_is_an_api_error():
    client = AsyncMock()
    client.get.return_value = None
    with pytest.raises(ApiError, match="rates"):
        await call_api("rates", client)


async def test_many_calls_lose_nothing_to_one_failure():
    answers, errors = await call_many(["rates", "failing_endpoint", "scores"])
    assert sorted(answers) == ["rates", "scores"]
    assert answers["scores"]["status"] == "ok"
    assert [type(error) for error in errors.values()] == [ApiError]
    assert list(errors) == ["failing_endpoint"]


async def test_many_calls_run_at_once_and_each_once():
    calls = []

    async def call(endpoint):
        calls.append(endpoint)
        await asyncio.sleep(1)
        return endpoint.upper()

    answers, errors = await call_many(["a", "b", "a", "c"], call=call)
    assert (answers, errors) == ({"a": "A", "b": "B", "c": "C"}, {})
    assert sorted(calls) == ["a", "b", "c"]
    assert now() == 1


@pytest.mark.parametrize("error", [asyncio.CancelledError(), OSError("down"), TimeoutError()])
async def test_a_call_that_ends_without_an_answer_is_an_error(error):
    async def call(endpoint):
        if endpoint == "b":
            raise error
        return endpoint

    answers, errors = await call_many("abc", call)
    assert answers == {"a": "a", "c": "c"}
    assert [*errors] == ["b"]
    assert errors["b"] is error


async def test_an_error_that_was_returned_is_an_answer():
    found = OSError("looked at, not raised")
    assert await call_many(["a"], AsyncMock(return_value=found)) == ({"a": found}, {})


async def test_an_answer_of_none_is_an_answer():
    assert await call_many(["a"], AsyncMock(return_value=None)) == ({"a": None}, {})


async def test_cancelling_all_cancels_each_call_and_is_raised():
    cancelled = []

    async def call(endpoint):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(endpoint)
            raise

    calls = asyncio.create_task(call_many(["a", "b"], call))
    await asyncio.sleep(1)
    calls.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calls
    assert (sorted(cancelled), now()) == (["a", "b"], 1)


async def test_a_silent_host_is_given_up_on_time():
    with pytest.raises(TimeoutError):
        await fetch_data_with_timeout("https://slow-api.com/data", timeout=0.1)
    assert now() == 0.1


async def test_the_request_given_up_is_cancelled():
    cancelled = []

    class Silent:
        async def get(self, path):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(path)
                raise

    with pytest.raises(TimeoutError):
        await fetch_data_with_timeout("https://a.example/x", 2, Silent())
    assert (cancelled, now()) == (["https://a.example/x"], 2)


async def test_an_answer_in_time_is_a_dict():
    answer = await fetch_data_with_timeout("https://fast.example/data", 5)
    assert answer["status"] == "ok"


async def test_nothing_at_the_url_is_an_api_error():
    client = AsyncMock()
    client.get.return_value = None
    with pytest.raises(ApiError, match="does not exist"):
        await fetch_data_with_timeout("https://a.example/x", 5, client)

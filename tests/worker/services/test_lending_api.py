import asyncio
from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.services.lending_api import LATENCY, ask, lending_api


async def test_a_user_it_makes_up_is_always_the_same():
    assert await ask("/users/user-31") == await ask("/users/user-31")
    assert await ask("/users/user-31") != await ask("/users/user-32")


@pytest.mark.parametrize("path", ["/users/nobody", "/users/user-999", "/nothing"])
async def test_it_says_none_of_what_it_does_not_know(path):
    assert await ask(path) is None


async def test_its_bureau_has_a_score_for_everybody_but_one():
    for user_id in ("user-123", "user-7", "anybody"):
        answer = await ask(f"/credit-scores/{user_id}")
        assert 300 <= answer["credit_score"] <= 850
    assert await ask("/credit-scores/user-999") is None


async def test_user_and_bureau_agree_on_the_score():
    user = await ask("/users/user-123")
    assert await ask("/credit-scores/user-123") == {"credit_score": user["credit_score"]}


async def test_any_other_host_answers_but_one_is_silent_for_ever():
    assert (await ask("https://partner.example/data"))["status"] == "ok"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask("https://slow-api.com/data"), 3600)


async def test_a_call_takes_its_time_and_calls_overlap():
    await asyncio.gather(*(ask(f"/users/user-{number}") for number in range(20)))
    assert asyncio.get_running_loop().time() == LATENCY


async def test_a_client_that_is_given_is_asked_in_its_place():
    client = AsyncMock()
    client.get.return_value = {"id": "user-1"}
    assert await ask("/users/user-1", client) == {"id": "user-1"}
    client.get.assert_awaited_once_with("/users/user-1")


async def test_it_is_closed_at_the_end_of_the_block():
    async with lending_api() as client:
        assert await client.get("/users/user-123") is not None
    with pytest.raises(RuntimeError, match="closed"):
        await client.get("/users/user-123")

import asyncio
from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.services import data_fetcher
from finance_lending_worker.services.data_fetcher import (
    fetch_credit_score,
    fetch_loans,
    fetch_profile,
    fetch_user,
)
from finance_lending_worker.services.user_service import UserNotFoundError


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_the_parts_are_a_dict_a_list_and_a_number():
    assert (await fetch_user("user-123"))["id"] == "user-123"
    assert [loan["loan_id"] for loan in await fetch_loans("user-123")] == ["loan-1"]
    assert await fetch_credit_score("user-123") == 720


async def test_a_user_without_loans_has_an_empty_list():
    assert await fetch_loans("user-456") == []


@pytest.mark.parametrize("fetch", [fetch_user, fetch_credit_score])
async def test_a_part_of_an_unknown_user_is_an_error_with_the_id(fetch):
    with pytest.raises(UserNotFoundError, match="user-999"):
        await fetch("user-999")


@pytest.mark.parametrize(
    ("fetch", "path", "answer"),
    [
        (fetch_user, "/users/a%2Fb", {"id": "a/b"}),
        (fetch_loans, "/users/a%2Fb/loans", {"loans": []}),
        (fetch_credit_score, "/credit-scores/a%2Fb", {"credit_score": 600}),
    ],
)
async def test_an_id_cannot_leave_its_place_in_the_path(fetch, path, answer):
    client = AsyncMock()
    client.get.return_value = answer
    await fetch("a/b", client)
    client.get.assert_awaited_once_with(path)


async def test_a_profile_holds_all_three_parts():
    profile = await fetch_profile("user-123")
    assert profile == {
        "user": await fetch_user("user-123"),
        "loans": await fetch_loans("user-123"),
        "credit_score": 720,
    }


async def test_a_profile_takes_as_long_as_its_slowest_part():
    async def after(seconds, part):
        await asyncio.sleep(seconds)
        return part

    profile = await fetch_profile(
        "user-1",
        fetch_user=lambda user_id: after(1, user_id),
        fetch_loans=lambda user_id: after(3, [user_id]),
        fetch_credit_score=lambda _: after(2, 700),
    )
    assert profile == {"user": "user-1", "loans": ["user-1"], "credit_score": 700}
    assert now() == 3


async def test_one_failure_cancels_the_others_which_have_ended_when_it_arrives():
    ended = []

    async def slow(user_id):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(1)
            ended.append(now())
            raise

    async def failing(user_id):
        await asyncio.sleep(1)
        raise UserNotFoundError(user_id)

    with pytest.raises(ExceptionGroup) as caught:
        await fetch_profile("user-1", fetch_user=slow, fetch_loans=failing, fetch_credit_score=slow)
    assert [type(error) for error in caught.value.exceptions] == [UserNotFoundError]
    assert (ended, now()) == ([2, 2], 2)


async def test_a_profile_sees_what_is_patched_in_the_module(monkeypatch):
    monkeypatch.setattr(data_fetcher, "fetch_loans", AsyncMock(side_effect=ConnectionError("down")))
    with pytest.raises(ExceptionGroup) as caught:
        await fetch_profile("user-123")
    assert caught.group_contains(ConnectionError, match="down")


async def test_a_cancelled_profile_leaves_no_fetch_behind():
    begun = asyncio.Event()

    async def slow(user_id):
        begun.set()
        await asyncio.sleep(60)

    parts = {"fetch_user": slow, "fetch_loans": slow, "fetch_credit_score": slow}
    profile = asyncio.create_task(fetch_profile("user-1", **parts))
    await begun.wait()
    profile.cancel()
    with pytest.raises(asyncio.CancelledError):
        await profile
    assert asyncio.all_tasks() == {asyncio.current_task()}

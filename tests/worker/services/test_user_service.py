import asyncio
from unittest.mock import AsyncMock

import httpx
import pytest
from finance_lending_worker.services.user_service import (
    UserNotFoundError,
    UserService,
    fetch_user_data,
)

ADA = {"id": "user-123", "email": "ada@example.com"}


async def test_a_user_costs_one_awaited_get_of_its_path():
    client = AsyncMock()
    client.get.return_value = ADA
    assert await UserService(client).fetch_user_data("user-123") == ADA
    client.get.assert_awaited_once_with("/users/user-123")


async def test_every_read_is_recorded_before_the_data_is_handed_out():
    client, audit = AsyncMock(), AsyncMock()
    client.get.return_value = ADA
    service = UserService(http_client=client, audit=audit)
    await service.fetch_user_data(user_id="user-123")
    audit.record.assert_awaited_once_with("user-123")


async def test_an_unknown_user_is_named_and_nothing_is_recorded():
    client, audit = AsyncMock(), AsyncMock()
    client.get.return_value = None
    with pytest.raises(UserNotFoundError, match="user-7"):
        await UserService(client, audit).fetch_user_data("user-7")
    assert audit.record.await_count == 0


@pytest.mark.parametrize("error", [httpx.ConnectError("down"), httpx.ReadTimeout("slow")], ids=str)
async def test_an_error_of_the_client_is_passed_on_after_one_get(error):
    client, audit = AsyncMock(), AsyncMock()
    client.get.side_effect = error
    with pytest.raises(httpx.HTTPError) as caught:
        await UserService(client, audit).fetch_user_data("user-123")
    assert caught.value is error
    assert (client.get.await_count, audit.record.await_count) == (1, 0)


async def test_a_read_that_cannot_be_recorded_fails():
    client, audit = AsyncMock(), AsyncMock()
    client.get.return_value = ADA
    audit.record.side_effect = OSError("the log is full")
    with pytest.raises(OSError, match="full"):
        await UserService(client, audit).fetch_user_data("user-123")


@pytest.mark.parametrize("user_id", ["user-123", "user-456"])
async def test_the_embedded_api_knows_two_users_by_heart(user_id):
    user = await fetch_user_data(user_id=user_id)
    assert user["id"] == user_id
    assert "@" in user["email"]
    assert 300 <= user["credit_score"] <= 850


async def test_the_embedded_api_does_not_know_user_999():
    with pytest.raises(UserNotFoundError, match="user-999"):
        await fetch_user_data("user-999")


def test_each_event_loop_can_ask_the_embedded_api():
    assert asyncio.run(fetch_user_data("user-123")) == asyncio.run(fetch_user_data("user-123"))

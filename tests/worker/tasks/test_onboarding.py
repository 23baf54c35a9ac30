from unittest.mock import AsyncMock, Mock, call

import pytest
from finance_lending_worker.tasks.onboarding import onboard_new_user


async def test_the_profile_comes_first_then_the_mail_each_once():
    order, db, email_service = Mock(), AsyncMock(), AsyncMock()
    order.attach_mock(db, "db")
    order.attach_mock(email_service, "mail")
    await onboard_new_user("user-1", "ada@example.com", db, email_service)
    assert order.mock_calls == [
        call.db.create_user_profile("user-1", "ada@example.com"),
        call.mail.send_welcome_email("ada@example.com"),
    ]
    db.create_user_profile.assert_awaited_once()
    email_service.send_welcome_email.assert_awaited_once()


async def test_without_a_profile_no_mail_is_sent():
    db, email_service = AsyncMock(), AsyncMock()
    db.create_user_profile.side_effect = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        await onboard_new_user(
            user_id="user-1", email="ada@example.com", db=db, email_service=email_service
        )
    assert db.create_user_profile.await_count == 1
    assert email_service.send_welcome_email.await_count == 0


async def test_a_mail_that_cannot_be_sent_is_an_error():
    db, email_service = AsyncMock(), AsyncMock()
    email_service.send_welcome_email.side_effect = ConnectionError("no mail server")
    with pytest.raises(ConnectionError):
        await onboard_new_user("user-1", "ada@example.com", db, email_service)
    assert email_service.send_welcome_email.await_count == 1

"""A new customer: several steps in a fixed order."""

from __future__ import annotations

from typing import Protocol

from finance_lending_worker.services.email import EmailService


class UserDatabase(Protocol):
    """Where profiles are kept; LoanStore is one."""

    async def create_user_profile(self, user_id: str, email: str, /) -> None:
        """Keep the profile."""


async def onboard_new_user(
    user_id: str, email: str, db: UserDatabase, email_service: EmailService
) -> None:
    """Create the profile, then send the welcome mail, each exactly once.

    Raises:
        Exception: whatever `db` or `email_service` raises; without a profile no mail is sent.
    """
    await db.create_user_profile(user_id, email)
    await email_service.send_welcome_email(email)

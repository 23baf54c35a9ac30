"""Users: read one, and note in the audit log that it was read."""

from __future__ import annotations

from typing import Any, Protocol

from finance_lending_worker.services.http import HttpClient
from finance_lending_worker.services.lending_api import lending_api


class UserNotFoundError(LookupError):
    """There is no such user; the message holds the id."""


class Audit(Protocol):
    """Where every read of personal data is recorded."""

    async def record(self, user_id: str, /) -> None:
        """Note that the data of `user_id` was read."""


class UserService:
    """Reads users through `http_client` and records each successful read in `audit`, if given."""

    def __init__(self, http_client: HttpClient, audit: Audit | None = None) -> None:
        self._http_client = http_client
        self._audit = audit

    async def fetch_user_data(self, user_id: str) -> dict[str, Any]:
        """The user, after exactly one GET.

        Raises:
            UserNotFoundError: nobody has this id.
            httpx.HTTPError: whatever the client raises, unchanged.
        """
        user = await self._http_client.get(f"/users/{user_id}")
        if user is None:
            raise UserNotFoundError(f"there is no user {user_id}")
        if self._audit is not None:
            await self._audit.record(user_id)
        return user


async def fetch_user_data(user_id: str) -> dict[str, Any]:
    """The user as the embedded lending API knows it: `id`, `email`, `credit_score`.

    Raises:
        UserNotFoundError: nobody has this id.
    """
    async with lending_api() as client:
        return await UserService(client).fetch_user_data(user_id)

"""The three parts of a customer's profile, and all of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from finance_lending_worker.services.http import HttpClient
from finance_lending_worker.services.lending_api import ask
from finance_lending_worker.services.user_service import UserNotFoundError


async def fetch_user(user_id: str, http_client: HttpClient | None = None) -> dict[str, Any]:
    """The user, with its `id`; raises UserNotFoundError if there is none."""
    return _known(user_id, await ask(f"/users/{_in_path(user_id)}", http_client))


async def fetch_loans(user_id: str, http_client: HttpClient | None = None) -> list[dict[str, Any]]:
    """The user's running loans, possibly none; UserNotFoundError if there is no such user."""
    answer = _known(user_id, await ask(f"/users/{_in_path(user_id)}/loans", http_client))
    return list(answer["loans"])


async def fetch_credit_score(user_id: str, http_client: HttpClient | None = None) -> int:
    """The bureau's score, 300 to 850; raises UserNotFoundError for somebody it does not know."""
    answer = _known(user_id, await ask(f"/credit-scores/{_in_path(user_id)}", http_client))
    return int(answer["credit_score"])


async def fetch_profile(
    user_id: str,
    *,
    # Looked up at each call, so that a test may also patch this module's functions.
    fetch_user: Callable[[str], Coroutine[Any, Any, Any]] = lambda user_id: fetch_user(user_id),
    fetch_loans: Callable[[str], Coroutine[Any, Any, Any]] = lambda user_id: fetch_loans(user_id),
    fetch_credit_score: Callable[[str], Coroutine[Any, Any, Any]] = (
        lambda user_id: fetch_credit_score(user_id)
    ),
) -> dict[str, Any]:
    """`user`, `loans` and `credit_score`, fetched at the same time.

    Raises:
        ExceptionGroup: what the fetchers raised; the first failure cancels the others, and they
            have ended when it arrives.
    """
    async with asyncio.TaskGroup() as group:
        user = group.create_task(fetch_user(user_id))
        loans = group.create_task(fetch_loans(user_id))
        credit_score = group.create_task(fetch_credit_score(user_id))
    return {
        "user": user.result(),
        "loans": loans.result(),
        "credit_score": credit_score.result(),
    }


def _in_path(user_id: str) -> str:
    return quote(str(user_id), safe="")


def _known(user_id: str, answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        raise UserNotFoundError(f"there is no user {user_id}")
    return answer

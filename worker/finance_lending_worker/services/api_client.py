"""Calls to partners' APIs: one, many at once, one with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import quote

import httpx

from finance_lending_worker.services.http import HttpClient
from finance_lending_worker.services.lending_api import ask


class ApiError(Exception):
    """A partner's API answered with an error or not at all; the message holds the endpoint."""


async def call_api(endpoint: str, http_client: HttpClient | None = None) -> dict[str, Any]:
    """The answer of `endpoint`: `status` is "ok".

    Raises:
        ApiError: the call failed; its cause is httpx's error. "failing_endpoint" always fails.
    """
    try:
        answer = await ask(f"/endpoints/{quote(endpoint, safe='')}", http_client)
    except httpx.HTTPError as error:
        raise ApiError(f"{endpoint} gave no good answer") from error
    if answer is None:
        raise ApiError(f"{endpoint} does not exist")
    return {"endpoint": endpoint, **answer}


async def call_many(
    endpoints: Iterable[str], call: Callable[[str], Awaitable[Any]] = call_api
) -> tuple[dict[str, Any], dict[str, BaseException]]:
    """Call all endpoints at once, each one once.

    Returns:
        The answers and the errors, both by endpoint. One failure loses nothing, and a call that was
        cancelled is an error. If call_many itself is cancelled, it cancels the calls and raises.
    """
    names = list(dict.fromkeys(endpoints))
    calls = [asyncio.ensure_future(call(name)) for name in names]
    await asyncio.gather(*calls, return_exceptions=True)
    answers: dict[str, Any] = {}
    errors: dict[str, BaseException] = {}
    for name, ended in zip(names, calls, strict=True):
        try:
            answers[name] = ended.result()
        except (Exception, asyncio.CancelledError) as error:
            errors[name] = error
    return answers, errors


async def fetch_data_with_timeout(
    url: str, timeout: float = 5.0, http_client: HttpClient | None = None
) -> dict[str, Any]:
    """The JSON object at `url`.

    Raises:
        TimeoutError: no answer after `timeout` seconds; the request is cancelled.
        ApiError: there is nothing at `url`.
        httpx.HTTPError: whatever the client raises, unchanged.
    """
    async with asyncio.timeout(timeout):
        answer = await ask(url, http_client)
    if answer is None:
        raise ApiError(f"{url} does not exist")
    return answer

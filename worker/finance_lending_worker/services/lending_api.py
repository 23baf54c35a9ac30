"""The embedded lending API: an in-process answer to every request, without sockets.

It knows ``user-123`` and ``user-456`` by heart and makes up any other ``user-N``. Its bureau has a
score for everybody. Only ``user-999`` is known to nobody. The host slow-api.com never answers.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from finance_lending_worker.services.http import HttpClient, JsonClient

LATENCY = 0.001  # seconds; enough for calls to overlap
_HOST = "lending.example"
_UNKNOWN_USER = "user-999"
_KNOWN_SCORES = {"user-123": 720, "user-456": 580}
_LOANS = {"user-123": [{"loan_id": "loan-1", "amount": 12_000}]}


@asynccontextmanager
async def lending_api() -> AsyncIterator[JsonClient]:
    """Open the embedded API for the length of the block.

    A client belongs to one event loop, so it is opened for each use and never kept in a module.
    """
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(_answer),
        base_url=f"https://{_HOST}",
        timeout=None,  # the callers hold the deadlines
        trust_env=False,
    ) as client:
        yield JsonClient(client)


async def ask(path: str, http_client: HttpClient | None = None) -> dict[str, Any] | None:
    """GET `path` from `http_client`, or from the embedded API if none is given; None for 404."""
    if http_client is not None:
        return await http_client.get(path)
    async with lending_api() as embedded:
        return await embedded.get(path)


async def _answer(request: httpx.Request) -> httpx.Response:
    if request.url.host == "slow-api.com":
        await asyncio.Event().wait()
    await asyncio.sleep(LATENCY)
    if request.url.host != _HOST:
        return httpx.Response(200, json={"status": "ok", "url": str(request.url)})
    match request.url.path.split("/")[1:]:
        case ["users", user_id]:
            user = _user(user_id)
            return httpx.Response(404) if user is None else httpx.Response(200, json=user)
        case ["users", user_id, "loans"]:
            return httpx.Response(200, json={"loans": _LOANS.get(user_id, [])})
        case ["credit-scores", user_id]:
            if user_id == _UNKNOWN_USER:
                return httpx.Response(404)
            return httpx.Response(200, json={"credit_score": _score(user_id)})
        case ["endpoints", "failing_endpoint"]:
            return httpx.Response(503)
        case ["endpoints", *_]:
            return httpx.Response(200, json={"status": "ok"})
        case _:
            return httpx.Response(404)


def _user(user_id: str) -> dict[str, Any] | None:
    if user_id == _UNKNOWN_USER or not re.fullmatch(r"user-\d+", user_id):
        return None
    return {
        "id": user_id,
        "email": f"{user_id}@example.com",
        "credit_score": _score(user_id),
    }


def _score(user_id: str) -> int:
    made_up = 300 + zlib.crc32(user_id.encode()) % 551
    return _KNOWN_SCORES.get(user_id, made_up)

"""JSON over HTTP: what every service of the worker asks through."""

from __future__ import annotations

from typing import Any, Protocol

import httpx


class HttpClient(Protocol):
    """What a service needs of an HTTP client, and all a test double has to have."""

    async def get(self, path: str, /) -> dict[str, Any] | None:
        """The JSON object at `path`, or None if there is no such thing."""


class JsonClient:
    """An HttpClient over an `httpx.AsyncClient`; whoever opened that client closes it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, /) -> dict[str, Any] | None:
        """The JSON object at `path`; None for 404.

        Raises:
            httpx.HTTPStatusError: any other answer that is not a success.
            httpx.TransportError: no answer.
            ValueError: the answer is not a JSON object.
        """
        response = await self._client.get(path)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        response.raise_for_status()
        answer = response.json()
        if not isinstance(answer, dict):
            raise ValueError(f"{path} did not answer with a JSON object")
        return answer

"""Limits on what runs: so many calls at once, one connection, a gate that can be closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Connection = TypeVar("Connection")


class BureauClient:
    """Asks a credit bureau that allows only so many calls at once.

    Args:
        call: awaited with the user id; returns the score.
        limit: calls at once; at least 1.
    """

    def __init__(self, call: Callable[[str], Awaitable[int]], limit: int) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self._call = call
        self._slots = asyncio.Semaphore(limit)

    async def score(self, user_id: str) -> int:
        """Return the score, as soon as there is a slot. Errors propagate, and free the slot too."""
        await self._slots.acquire()
        try:
            return await self._call(user_id)
        finally:
            self._slots.release()


class LazyConnection(Generic[Connection]):
    """Connects when it is first needed, and once."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._connected: list[Connection] = []
        self._lock = asyncio.Lock()

    async def get(self) -> Connection:
        """Return the one connection for all. After a failed connect the next call tries again."""
        async with self._lock:
            if not self._connected:
                self._connected.append(await self._connect())
            return self._connected[0]


class Gate:
    """Open at first; while it is paused, nobody passes."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def pause(self) -> None:
        """Close the gate."""
        self._open.clear()

    def resume(self) -> None:
        """Open the gate and let all pass who wait."""
        self._open.set()

    async def pass_(self) -> None:
        """Return at once if the gate is open, otherwise when it is."""
        # Woken by resume(), it may find the gate paused again.
        while not self._open.is_set():
            await self._open.wait()

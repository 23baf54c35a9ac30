"""Decisions on their way into the store: many in one transaction, each counted once it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

Decision = Mapping[str, Any]


class DecisionWriter:
    """Writes all that comes while a transaction is under way in the next one.

    Args:
        save_decisions: keeps them all or raises; awaited by one task at a time.
    """

    def __init__(self, save_decisions: Callable[[list[Decision]], Awaitable[None]]) -> None:
        self._save_decisions = save_decisions
        self._waiting: list[tuple[Decision, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def save(self, decision: Decision) -> None:
        """Return when the decision is durable; raise what the store raised.

        A decision that was handed over is written, so its job is done: a caller that is cancelled
        meanwhile hears of that end, not of the cancellation.
        """
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((decision, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        while not written.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([written])
        written.result()

    async def _write(self) -> None:
        batch: list[tuple[Decision, asyncio.Future[None]]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    await self._save_decisions([decision for decision, _ in batch])
                except Exception as error:
                    for _, written in batch:
                        written.set_exception(error)
                else:
                    for _, written in batch:
                        written.set_result(None)
        finally:
            # Cancelled, when the whole program ends: whoever waits for an answer must hear of it.
            for _, written in batch + self._waiting:
                written.cancel()
            self._waiting, self._writing = [], None

"""Messages between tasks, with an end."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class InboxClosed(Exception):
    """The inbox takes nothing more, or has nothing more to give."""


class Inbox(Generic[Item]):
    """First in, first out, without a limit; each item is taken once."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._closed = False
        self._changed = asyncio.Condition()

    async def put(self, *items: Item) -> None:
        """Add items, all of them in one go. Raises InboxClosed after close()."""
        async with self._changed:
            if self._closed:
                raise InboxClosed("put() after close()")
            self._items.extend(items)
            # All: before Python 3.13 a notify() is lost when the task it woke is cancelled.
            self._changed.notify_all()

    async def take(self) -> Item:
        """Return the oldest item; wait for one. Raises InboxClosed when closed and empty."""
        async with self._changed:
            while not self._items and not self._closed:
                await self._changed.wait()
            if not self._items:
                raise InboxClosed("closed and empty")
            return self._items.popleft()

    async def close(self) -> None:
        """Take nothing more; who waits in take() is woken. What is inside can still be taken."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

"""Paying out: connections from a pool, entries in a ledger."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol


class ConnectionPool(Protocol):
    """Lends connections; each one must come back."""

    async def acquire(self) -> Any:
        """A connection, as soon as one is free."""

    async def release(self, connection: Any, /) -> None:
        """Take a connection back; what was not committed on it lapses."""


class PaymentLedger(Protocol):
    """Books payments in two steps."""

    async def reserve(self, connection: Any, loan: Any, /) -> None:
        """Set the money aside."""

    async def commit(self, connection: Any, loan: Any, /) -> None:
        """Pay it out."""


class Pool:
    """The embedded ConnectionPool: `size` numbered connections in memory."""

    def __init__(self, size: int = 1) -> None:
        self._out: set[int] = set()
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for connection in range(size):
            self._free.put_nowait(connection)

    @property
    def out(self) -> int:
        """How many connections are lent at this moment."""
        return len(self._out)

    async def acquire(self) -> int:
        """A connection, as soon as one is free."""
        connection = await self._free.get()
        self._out.add(connection)
        return connection

    async def release(self, connection: int, /) -> None:
        """Take a connection back; raises KeyError if it is not out."""
        self._out.remove(connection)
        self._free.put_nowait(connection)


class Ledger:
    """The embedded PaymentLedger: the loans `reserved` and `committed`, as lists in memory."""

    def __init__(self) -> None:
        self.reserved: list[Any] = []
        self.committed: list[Any] = []

    async def reserve(self, connection: Any, loan: Any, /) -> None:
        """Note the reservation."""
        self.reserved.append(loan)

    async def commit(self, connection: Any, loan: Any, /) -> None:
        """Note the payment."""
        self.committed.append(loan)

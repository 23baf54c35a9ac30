"""Balances that many tasks change at the same time without losing money."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from finance_lending_worker.tasks.finishing import finish


class InsufficientFunds(Exception):
    """A transfer would take more than the balance; nothing was changed."""


class AccountStore(Protocol):
    """Where balances are kept, in cents. Each call may take its time."""

    async def read(self, account_id: str) -> int:
        """Return the balance."""

    async def write(self, account_id: str, balance: int) -> None:
        """Set the balance."""


class MemoryStore:
    """Balances in memory, 0 where none was given; like a real store it lets other tasks run."""

    def __init__(self, balances: Mapping[str, int] | None = None) -> None:
        self.balances = dict(balances or {})

    async def read(self, account_id: str) -> int:
        """Return the balance."""
        await asyncio.sleep(0)
        return self.balances.get(account_id, 0)

    async def write(self, account_id: str, balance: int) -> None:
        """Set the balance."""
        await asyncio.sleep(0)
        self.balances[account_id] = balance


class Accounts:
    """Changes balances in a store, each account by one task at a time; the others do not wait."""

    def __init__(self, store: AccountStore | None = None) -> None:
        self._store: AccountStore = MemoryStore() if store is None else store
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def apply(self, account_id: str, amount: int) -> int:
        """Add ``amount``, in cents, and return the new balance, which may be below 0."""
        async with self._locks[account_id]:
            balance = await self._store.read(account_id)
            balance += amount
            await self._store.write(account_id, balance)
            return balance

    async def transfer(self, source: str, target: str, amount: int) -> None:
        """Move ``amount``, in cents, from one account to another; to oneself it does nothing.

        Once the first balance is written, cancellation waits for the second: no money is lost. If
        the second cannot be written, the first is put back.

        Raises:
            ValueError: the amount is negative.
            InsufficientFunds: the source has less than the amount.
        """
        if amount < 0:
            raise ValueError(f"cannot transfer a negative amount: {amount}")
        if source == target:
            return
        # In a fixed order: two opposite transfers would otherwise wait for each other for ever.
        first, second = sorted((source, target))
        async with self._locks[first], self._locks[second]:
            balance = await self._store.read(source)
            if balance < amount:
                raise InsufficientFunds(f"{source} has {balance}, less than {amount}")
            await finish(self._book(source, balance, target, amount))

    async def _book(self, source: str, balance: int, target: str, amount: int) -> None:
        await self._store.write(source, balance - amount)
        try:
            await self._store.write(target, await self._store.read(target) + amount)
        except Exception:
            await self._store.write(source, balance)
            raise

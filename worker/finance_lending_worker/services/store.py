"""What the worker must not forget, in one SQLite file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import aiosqlite

from finance_lending_worker.tasks.finishing import finish

_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    user_id TEXT PRIMARY KEY,
    email TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS decisions (
    loan_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    approved INTEGER,
    user_id TEXT,
    amount NUMERIC,
    credit_score INTEGER
);
"""
# The first decision stands. What was put aside undecided gives way to a decision.
_KEEP = """
INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (loan_id) DO UPDATE SET
    status = excluded.status,
    approved = excluded.approved,
    user_id = excluded.user_id,
    amount = excluded.amount,
    credit_score = excluded.credit_score
WHERE decisions.approved IS NULL AND excluded.approved IS NOT NULL
"""
_COLUMNS = ("loan_id", "status", "approved", "user_id", "amount", "credit_score")


class LoanStore:
    """Profiles and decisions in the SQLite file `path`, which is made if it is not there.

    Between `start` and `stop`, or within ``async with``. Many tasks may share it: each method is
    one transaction, durable when it returns and undone when it fails; they take turns. One that is
    cancelled is undone too, unless its commit has begun: then it is kept.

    Raises:
        sqlite3.Error: the file cannot be opened, read or written, or is no database.
        RuntimeError: a method was called before `start` or after `stop`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._connection: aiosqlite.Connection | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Open the file and make its tables. Does nothing if that is done already."""
        async with self._turn:
            if self._connection is not None:
                return
            path = os.fspath(self._path)
            # When aiosqlite cannot open a file, its thread outlives the loop: so try that first.
            await asyncio.to_thread(lambda: sqlite3.connect(path).close())
            connection = await aiosqlite.connect(path)
            try:
                await connection.executescript(_SCHEMA)
                await connection.commit()
            except BaseException:
                await connection.close()
                raise
            self._connection = connection

    async def stop(self) -> None:
        """Close the file after the transaction in hand. Does nothing if it is closed already."""
        async with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                await connection.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def create_user_profile(self, user_id: str, email: str) -> None:
        """Keep the profile; a profile that exists gets the new e-mail address."""
        async with self._transaction() as connection:
            await connection.execute(
                "INSERT INTO users VALUES (?, ?)"
                " ON CONFLICT (user_id) DO UPDATE SET email = excluded.email",
                (user_id, email),
            )

    async def user_profile(self, user_id: str) -> dict[str, Any] | None:
        """The profile, `user_id` and `email`; None if there is none."""
        async with self._transaction() as connection:
            rows = await connection.execute_fetchall(
                "SELECT user_id, email FROM users WHERE user_id = ?", (user_id,)
            )
        return next((dict(zip(("user_id", "email"), row, strict=True)) for row in rows), None)

    async def save_decision(
        self,
        loan_id: str,
        status: str = "completed",
        approved: bool | None = None,
        user_id: str | None = None,
        amount: float | None = None,
        credit_score: int | None = None,
    ) -> None:
        """Keep a decision, with the names process_loan_application uses; the first one stands.

        `approved` is None for a loan on which there is no decision yet; a later one is kept then.
        """
        values = (loan_id, status, approved, user_id, amount, credit_score)
        await self.save_decisions([dict(zip(_COLUMNS, values, strict=True))])

    async def save_decisions(self, decisions: Iterable[Mapping[str, Any]]) -> None:
        """Keep many decisions, all of them or none; the first decision on a loan stands."""
        rows = [_row(decision) for decision in decisions]
        async with self._transaction() as connection:
            await connection.executemany(_KEEP, rows)

    async def decision(self, loan_id: str) -> dict[str, Any] | None:
        """The decision on a loan, with the names save_decision takes; None if there is none."""
        async with self._transaction() as connection:
            rows = await connection.execute_fetchall(
                f"SELECT {', '.join(_COLUMNS)} FROM decisions WHERE loan_id = ?", (loan_id,)
            )
        return next(map(_decision, rows), None)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        # They share one connection: without turns a rollback would undo another's work.
        async with self._turn:
            if self._connection is None:
                raise RuntimeError("the store is not started")
            try:
                yield self._connection
                await finish(self._connection.commit())
            except BaseException:
                await self._connection.rollback()
                raise


def _row(decision: Mapping[str, Any]) -> list[Any]:
    # An id may be a number of any size; SQLite's integers are not.
    ids = {name: str(decision[name]) for name in ("loan_id", "user_id") if decision.get(name)}
    return [{**decision, **ids}.get(column) for column in _COLUMNS]


def _decision(row: Any) -> dict[str, Any]:
    found = dict(zip(_COLUMNS, row, strict=True))
    if found["approved"] is not None:
        found["approved"] = bool(found["approved"])
    return found

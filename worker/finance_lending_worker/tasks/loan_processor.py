"""One loan: decide the application, pay it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from finance_lending_worker.services.data_fetcher import fetch_credit_score
from finance_lending_worker.services.ledger import ConnectionPool, PaymentLedger
from finance_lending_worker.tasks.finishing import finish

MIN_SCORE = 600
AMOUNT_PER_POINT = 100
MAX_AMOUNT = 1_000_000_000


async def process_loan_application(
    job: Mapping[str, Any],
    fetch_credit_score: Callable[[str], Awaitable[int]] = fetch_credit_score,
) -> dict[str, Any]:
    """Decide the application `job`: `loan_id`, `user_id` and `amount`.

    Returns:
        `status` "completed", which means that a decision was reached, whatever it is; `approved`,
        the decision; `loan_id`, `user_id`, `amount` and `credit_score`, what it rests on.

    Raises:
        ValueError: a field is missing or impossible; the message names it.
        UserNotFoundError: the bureau does not know the user.
    """
    loan_id, user_id, amount = _checked(job)
    credit_score = await fetch_credit_score(user_id)
    approved = credit_score >= MIN_SCORE and amount <= credit_score * AMOUNT_PER_POINT
    return {
        "status": "completed",
        "loan_id": loan_id,
        "approved": approved,
        "user_id": user_id,
        "amount": amount,
        "credit_score": credit_score,
    }


async def disburse(loan: Any, pool: ConnectionPool, ledger: PaymentLedger) -> None:
    """Reserve the money for `loan`, then commit the payment, on one connection of `pool`.

    A commit that has begun always ends, even if the caller is cancelled again and again (not if
    the loop itself ends: see `finish`). The connection always goes back, and only after the commit.
    The cancellation is then raised.

    Raises:
        Exception: whatever `pool` or `ledger` raises; a failed reservation is not committed.
    """
    connection = await pool.acquire()
    try:
        await ledger.reserve(connection, loan)
        await finish(ledger.commit(connection, loan))
    finally:
        await finish(pool.release(connection))


def _checked(job: Mapping[str, Any]) -> tuple[Any, Any, float]:
    if not isinstance(job, Mapping):
        raise ValueError("a job is an object with loan_id, user_id and amount")
    for field in ("loan_id", "user_id", "amount"):
        if job.get(field) in (None, ""):
            raise ValueError(f"the job has no {field}")
    for field in ("loan_id", "user_id"):
        if not isinstance(job[field], str | int) or not str(job[field]).isprintable():
            raise ValueError(f"{field} must be a plain text, not {job[field]!r}")
    amount = job["amount"]
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise ValueError(f"amount must be a number, not {amount!r}")
    if not 0 < amount <= MAX_AMOUNT:
        raise ValueError(f"amount must be more than 0 and at most {MAX_AMOUNT}, not {amount}")
    return job["loan_id"], job["user_id"], amount

import asyncio

import pytest
from finance_lending_worker.services.ledger import Ledger, Pool
from finance_lending_worker.tasks.loan_processor import disburse

from coursekit.harness import settle


class Bank:
    """A pool and a ledger in one; each step takes a second and is noted when it has ended."""

    def __init__(self, fails: str = "") -> None:
        self.fails, self.out, self.steps = fails, 0, []

    async def _step(self, name: str) -> None:
        await asyncio.sleep(1)
        if name == self.fails:
            raise OSError(name)
        self.steps.append(name)

    async def acquire(self) -> str:
        await self._step("acquire")
        self.out += 1
        return "connection"

    async def reserve(self, connection: str, loan: str) -> None:
        assert (connection, loan) == ("connection", "loan-1")
        await self._step("reserve")

    async def commit(self, connection: str, loan: str) -> None:
        assert (connection, loan) == ("connection", "loan-1")
        await self._step("commit")

    async def release(self, connection: str) -> None:
        assert connection == "connection"
        await self._step("release")
        self.out -= 1


async def test_reserve_then_commit_and_the_connection_goes_back():
    bank = Bank()
    assert await disburse("loan-1", bank, bank) is None
    assert bank.steps == ["acquire", "reserve", "commit", "release"]
    assert bank.out == 0


@pytest.mark.parametrize(
    ("fails", "steps"),
    [
        ("acquire", []),
        ("reserve", ["acquire", "release"]),
        ("commit", ["acquire", "reserve", "release"]),
    ],
)
async def test_after_a_failure_nothing_more_is_paid_and_the_connection_goes_back(fails, steps):
    bank = Bank(fails)
    with pytest.raises(OSError, match=fails):
        await disburse("loan-1", bank, bank)
    assert (bank.steps, bank.out) == (steps, 0)


@pytest.mark.parametrize(
    ("moment", "steps"),
    [
        (0.5, []),
        (1.5, ["acquire", "release"]),
        (2.5, ["acquire", "reserve", "commit", "release"]),
        (3.5, ["acquire", "reserve", "commit", "release"]),
    ],
    ids=["acquire", "reserve", "commit", "release"],
)
@pytest.mark.parametrize("times", [1, 3])
async def test_a_payment_cancelled_in_any_step_is_whole_or_not_made(moment, steps, times):
    bank = Bank()
    payment = asyncio.create_task(disburse("loan-1", bank, bank))
    await asyncio.sleep(moment)
    for _ in range(times):
        payment.cancel()
        await settle()
    with pytest.raises(asyncio.CancelledError):
        await payment
    assert (bank.steps, bank.out) == (steps, 0)


async def test_a_failed_commit_is_the_cause_of_a_cancellation_that_met_it():
    bank = Bank("commit")
    payment = asyncio.create_task(disburse("loan-1", bank, bank))
    await asyncio.sleep(2.5)
    payment.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await payment
    assert str(caught.value.__cause__) == "commit"
    assert bank.out == 0


async def test_many_payments_share_the_embedded_pool_and_ledger():
    pool, ledger = Pool(2), Ledger()
    loans = [f"loan-{number}" for number in range(10)]
    await asyncio.gather(*(disburse(loan, pool, ledger) for loan in loans))
    assert sorted(ledger.committed) == sorted(ledger.reserved) == loans
    assert pool.out == 0

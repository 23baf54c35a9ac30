import asyncio

import pytest
from finance_lending_worker.sync.accounts import Accounts, InsufficientFunds, MemoryStore

from coursekit.harness import settle


def now() -> float:
    return asyncio.get_running_loop().time()


class SlowStore(MemoryStore):
    """Each read and write takes a second; notes what is read and written; some writes fail."""

    def __init__(self, balances, failing: set[str] = frozenset()):
        super().__init__(balances)
        self.failing, self.steps = failing, []

    async def read(self, account_id):
        await asyncio.sleep(1)
        self.steps.append(("read", account_id))
        return await super().read(account_id)

    async def write(self, account_id, balance):
        await asyncio.sleep(1)
        self.steps.append(("write", account_id))
        if account_id in self.failing:
            raise OSError("disk full")
        await super().write(account_id, balance)


async def test_a_new_account_is_empty_and_apply_returns_the_new_balance():
    accounts = Accounts()
    assert await accounts.apply("ada", 100) == 100
    assert await accounts.apply(account_id="ada", amount=-130) == -30


def test_no_debit_is_lost_whatever_the_order_of_the_steps(run_in_order):
    store = MemoryStore({"ada": 100})

    async def debits():
        accounts = Accounts(store)
        return await asyncio.gather(*(accounts.apply("ada", -10) for _ in range(5)))

    balances = run_in_order(debits())
    assert store.balances == {"ada": 50}
    assert sorted(balances) == [50, 60, 70, 80, 90]


def test_no_debit_is_lost_in_a_store_whose_writes_take_as_long_as_its_reads(run_in_order):
    store = SlowStore({"ada": 100})

    async def debits():
        accounts = Accounts(store)
        await asyncio.gather(*(accounts.apply("ada", -10) for _ in range(5)))

    run_in_order(debits())
    assert store.balances == {"ada": 50}


async def test_one_account_is_changed_by_one_task_at_a_time():
    store = SlowStore({"ada": 100})
    accounts = Accounts(store)
    await asyncio.gather(*(accounts.apply("ada", -10) for _ in range(3)))
    assert store.steps == [("read", "ada"), ("write", "ada")] * 3
    assert (store.balances, now()) == ({"ada": 70}, 6)


async def test_other_accounts_do_not_wait():
    accounts = Accounts(SlowStore({}))
    await asyncio.gather(*(accounts.apply(name, 10) for name in ("ada", "bob", "eve")))
    assert now() == 2


async def test_a_failed_write_frees_the_account():
    store = SlowStore({"ada": 100}, failing={"ada"})
    accounts = Accounts(store)
    with pytest.raises(OSError, match="disk full"):
        await accounts.apply("ada", 1)
    store.failing = set()
    assert await asyncio.wait_for(accounts.apply("ada", 1), 10) == 101


async def test_a_cancelled_change_frees_the_account():
    accounts = Accounts(SlowStore({"ada": 100}))
    change = asyncio.create_task(accounts.apply("ada", 1))
    await asyncio.sleep(0.5)
    change.cancel()
    with pytest.raises(asyncio.CancelledError):
        await change
    assert await asyncio.wait_for(accounts.apply("ada", 5), 10) == 105


async def test_a_transfer_moves_the_amount():
    store = MemoryStore({"ada": 100, "bob": 5})
    assert await Accounts(store).transfer("ada", "bob", 30) is None
    assert store.balances == {"ada": 70, "bob": 35}


async def test_a_transfer_to_a_new_account_opens_it():
    store = MemoryStore({"ada": 100})
    await Accounts(store).transfer(source="ada", target="bob", amount=100)
    assert store.balances == {"ada": 0, "bob": 100}


async def test_more_than_there_is_cannot_be_transferred():
    store = SlowStore({"ada": 100})
    with pytest.raises(InsufficientFunds, match="ada"):
        await Accounts(store).transfer("ada", "bob", 101)
    assert store.balances == {"ada": 100}
    assert ("write", "ada") not in store.steps


async def test_a_negative_amount_is_refused():
    store = SlowStore({"ada": 100, "bob": 100})
    with pytest.raises(ValueError, match="negative"):
        await Accounts(store).transfer("ada", "bob", -1)
    assert store.steps == []


async def test_a_transfer_to_oneself_changes_nothing():
    store = SlowStore({"ada": 100})
    await asyncio.wait_for(Accounts(store).transfer("ada", "ada", 30), 10)
    assert (store.balances, store.steps) == ({"ada": 100}, [])


def test_opposite_transfers_end_and_keep_the_sum(run_in_order):
    store = MemoryStore({"ada": 100, "bob": 100, "eve": 100})
    ring = [("ada", "bob", 1), ("bob", "ada", 2), ("bob", "eve", 4), ("eve", "ada", 8)]

    async def transfers():
        accounts = Accounts(store)
        await asyncio.gather(*(accounts.transfer(*move) for move in ring * 3))

    run_in_order(transfers())
    assert store.balances == {"ada": 127, "bob": 85, "eve": 88}


async def test_opposite_transfers_that_contend_for_both_accounts_do_not_deadlock():
    store = SlowStore({"ada": 100, "bob": 100})
    accounts = Accounts(store)
    blocker = asyncio.create_task(accounts.transfer("ada", "bob", 1))
    await settle()
    await asyncio.gather(accounts.transfer("ada", "bob", 10), accounts.transfer("bob", "ada", 20))
    await blocker
    assert store.balances == {"ada": 109, "bob": 91}


async def test_a_change_of_either_side_waits_for_the_transfer():
    for account in ("ada", "bob"):
        store = SlowStore({"ada": 100, "bob": 100})
        accounts = Accounts(store)
        transfer = asyncio.create_task(accounts.transfer("ada", "bob", 10))
        await settle()
        await accounts.apply(account, 1)
        assert transfer.done()
        assert sum(store.balances.values()) == 201


@pytest.mark.parametrize("moment", [1.5, 2.5, 3.5], ids=["first-write", "read", "second-write"])
async def test_a_transfer_that_has_begun_to_write_ends_though_cancelled(moment):
    store = SlowStore({"ada": 100, "bob": 100})
    accounts = Accounts(store)
    transfer = asyncio.create_task(accounts.transfer("ada", "bob", 10))
    await asyncio.sleep(moment)
    for _ in range(2):
        transfer.cancel()
        await settle()
    with pytest.raises(asyncio.CancelledError):
        await transfer
    assert store.balances == {"ada": 90, "bob": 110}
    assert await asyncio.wait_for(accounts.apply("bob", 1), 10) == 111


async def test_a_transfer_cancelled_before_it_writes_is_not_made():
    store = SlowStore({"ada": 100})
    transfer = asyncio.create_task(Accounts(store).transfer("ada", "bob", 10))
    await asyncio.sleep(0.5)
    transfer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await transfer
    await asyncio.sleep(10)
    assert store.balances == {"ada": 100}


async def test_if_the_target_cannot_be_written_the_source_is_put_back():
    store = SlowStore({"ada": 100, "bob": 5}, failing={"bob"})
    with pytest.raises(OSError, match="disk full"):
        await Accounts(store).transfer("ada", "bob", 30)
    assert store.balances == {"ada": 100, "bob": 5}

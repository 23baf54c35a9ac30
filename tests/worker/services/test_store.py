import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from finance_lending_worker.services.store import LoanStore
from finance_lending_worker.tasks.loan_processor import process_loan_application

pytestmark = pytest.mark.real_time  # aiosqlite runs in a thread of its own


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "loans.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[LoanStore]:
    async with LoanStore(path) as store:
        yield store


def on_disk(path: Path, query: str) -> list[tuple]:
    """What somebody else reads in the file at this moment."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def database_threads() -> set[threading.Thread]:
    """All threads but those of the loop's own pool."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio")}


async def test_a_profile_is_on_disk_when_the_call_returns(store, path):
    await store.create_user_profile("user-1", "ada@example.com")
    assert on_disk(path, "SELECT * FROM users") == [("user-1", "ada@example.com")]
    assert await store.user_profile("user-1") == {"user_id": "user-1", "email": "ada@example.com"}


async def test_a_profile_that_exists_gets_the_new_address(store):
    for email in ("old@example.com", "new@example.com"):
        await store.create_user_profile(user_id="user-1", email=email)
    assert (await store.user_profile("user-1"))["email"] == "new@example.com"
    assert await store.user_profile("user-2") is None


@pytest.mark.parametrize("approved", [True, False, None])
async def test_a_decision_is_read_as_it_was_saved(store, path, approved):
    await store.save_decision("loan-1", "completed", approved, "user-1", 12_000.5, 700)
    assert on_disk(path, "SELECT count(*) FROM decisions") == [(1,)]
    saved = await store.decision("loan-1")
    assert saved == {
        "loan_id": "loan-1",
        "status": "completed",
        "approved": approved,
        "user_id": "user-1",
        "amount": 12_000.5,
        "credit_score": 700,
    }
    assert saved["approved"] is approved


async def test_what_process_loan_application_returns_can_be_saved(store):
    job = {"loan_id": "loan-1", "user_id": "user-123", "amount": 500}
    decision = await process_loan_application(job)
    await store.save_decision(**decision)
    assert await store.decision("loan-1") == decision


async def test_an_undecided_loan_has_no_decision(store):
    assert await store.decision("loan-1") is None


async def test_the_first_decision_on_a_loan_stands(store):
    await store.save_decision("loan-1", approved=True)
    await store.save_decision("loan-1", approved=False)
    await store.save_decisions([{"loan_id": "loan-1", "status": "completed", "approved": False}])
    assert (await store.decision("loan-1"))["approved"] is True


async def test_an_undecided_loan_can_be_decided_later_and_once(store):
    await store.save_decision("loan-1", amount=500)
    await store.save_decision("loan-1", approved=False, credit_score=700)
    await store.save_decision("loan-1", approved=True)
    await store.save_decision("loan-1")
    saved = await store.decision("loan-1")
    assert (saved["approved"], saved["credit_score"]) == (False, 700)


async def test_an_id_may_be_a_number_of_any_size(store):
    number = 10**30
    await store.save_decision(number, user_id=number)
    assert (await store.decision(str(number)))["user_id"] == str(number)


async def test_many_decisions_are_kept_all_or_none(store, path):
    good = [{"loan_id": f"loan-{number}", "status": "completed"} for number in range(3)]
    with pytest.raises(sqlite3.IntegrityError):
        await store.save_decisions([*good, {"loan_id": "loan-3", "status": None}])
    await store.save_decision("loan-4")
    assert on_disk(path, "SELECT loan_id FROM decisions") == [("loan-4",)]
    await store.save_decisions(good)
    assert len(on_disk(path, "SELECT * FROM decisions")) == 4


async def test_tasks_share_it_and_no_failure_undoes_anothers_work(store, path):
    def save(number: int):
        return store.save_decision(f"loan-{number}", "completed" if number % 2 else None)

    outcomes = await asyncio.gather(*map(save, range(20)), return_exceptions=True)
    failed = [isinstance(outcome, sqlite3.IntegrityError) for outcome in outcomes]
    assert failed == [True, False] * 10
    assert len(on_disk(path, "SELECT * FROM decisions")) == 10


async def test_a_cancelled_save_leaves_a_store_that_works(store, path):
    saving = asyncio.create_task(store.save_decision("loan-1"))
    await asyncio.sleep(0)
    saving.cancel()
    await asyncio.wait([saving])
    await store.save_decision("loan-2")
    assert ("loan-2",) in on_disk(path, "SELECT loan_id FROM decisions")


async def test_what_was_saved_is_there_for_the_next_to_open_the_file(path):
    async with LoanStore(path) as store:
        await store.save_decision("loan-1", approved=True)
    async with LoanStore(str(path)) as store:
        assert (await store.decision("loan-1"))["approved"] is True


async def test_stop_closes_the_file_and_ends_its_thread(path):
    before = set(threading.enumerate())
    store = LoanStore(path)
    await store.start()
    (connection_thread,) = database_threads() - before
    await store.stop()
    await asyncio.to_thread(connection_thread.join, 5)
    assert not connection_thread.is_alive()


async def test_start_and_stop_may_come_twice_and_again(path):
    store = LoanStore(path)
    await store.stop()
    for _ in range(2):
        await store.start()
        await store.start()
        await store.save_decision("loan-1")
        await store.stop()
        await store.stop()
    assert len(on_disk(path, "SELECT * FROM decisions")) == 1


@pytest.mark.parametrize("when", ["before start", "after stop"])
async def test_it_can_be_used_only_between_start_and_stop(path, when):
    store = LoanStore(path)
    if when == "after stop":
        async with store:
            pass
    with pytest.raises(RuntimeError, match="not started"):
        await store.save_decision("loan-1")
    with pytest.raises(RuntimeError, match="not started"):
        await store.decision("loan-1")


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path):
    path.write_text("this is a letter, not a database " * 100)
    store = LoanStore(path)
    with pytest.raises(sqlite3.DatabaseError):
        await store.start()
    await store.stop()
    assert path.read_text().startswith("this is a letter")


async def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(sqlite3.OperationalError):
        await LoanStore(tmp_path / "missing" / "loans.sqlite3").start()


async def test_one_that_is_cancelled_while_it_commits_is_kept(store, path, monkeypatch):
    commit, begun = store._connection.commit, asyncio.Event()

    async def slow_commit():
        begun.set()
        await asyncio.sleep(0.05)
        await commit()

    monkeypatch.setattr(store._connection, "commit", slow_commit)
    saving = asyncio.create_task(store.save_decision("loan-1"))
    await begun.wait()
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert on_disk(path, "SELECT loan_id FROM decisions") == [("loan-1",)]

import asyncio

import pytest
from finance_lending_worker.services.ledger import Ledger, Pool

from coursekit.harness import settle


async def test_a_pool_lends_so_many_connections_and_no_more():
    pool = Pool(2)
    connections = {await pool.acquire(), await pool.acquire()}
    assert (len(connections), pool.out) == (2, 2)
    third = asyncio.create_task(pool.acquire())
    await settle()
    assert not third.done()
    back = connections.pop()
    await pool.release(back)
    assert await third == back
    assert pool.out == 2


async def test_a_connection_goes_back_once():
    pool = Pool()
    connection = await pool.acquire()
    await pool.release(connection)
    assert pool.out == 0
    with pytest.raises(KeyError):
        await pool.release(connection)


async def test_who_stops_waiting_takes_no_connection_along():
    pool = Pool()
    connection = await pool.acquire()
    waiting = asyncio.create_task(pool.acquire())
    await settle()
    await pool.release(connection)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert pool.out == 0
    assert await asyncio.wait_for(pool.acquire(), 1) == connection


async def test_a_ledger_keeps_what_it_is_told_in_order():
    ledger = Ledger()
    for loan in ("loan-1", "loan-2"):
        await ledger.reserve(0, loan)
    await ledger.commit(0, "loan-2")
    assert (ledger.reserved, ledger.committed) == (["loan-1", "loan-2"], ["loan-2"])

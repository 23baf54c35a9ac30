import asyncio
from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.sync.limits import BureauClient, Gate, LazyConnection

from coursekit.harness import settle


def now() -> float:
    return asyncio.get_running_loop().time()


class Bureau:
    """Counts how many calls are inside it at once; the first `failures` calls fail."""

    def __init__(self, failures: int = 0, error: BaseException | None = None) -> None:
        self.left_to_fail, self.error = failures, error or OSError("down")
        self.inside = self.peak = 0

    async def __call__(self, user_id: str) -> int:
        self.inside += 1
        self.peak = max(self.peak, self.inside)
        try:
            await asyncio.sleep(1)
            if self.left_to_fail:
                self.left_to_fail -= 1
                raise self.error
            return len(user_id)
        finally:
            self.inside -= 1


async def test_the_score_is_what_the_call_gives_for_the_user():
    call = AsyncMock(return_value=720)
    assert await BureauClient(call, 1).score("user-1") == 720
    call.assert_awaited_once_with("user-1")


@pytest.mark.parametrize(("limit", "seconds"), [(1, 6), (2, 3), (6, 1), (9, 1)])
async def test_as_many_calls_at_once_as_the_limit_and_never_more(limit, seconds):
    bureau = Bureau()
    client = BureauClient(call=bureau, limit=limit)
    await asyncio.gather(*(client.score(user_id=f"user-{number}") for number in range(6)))
    assert (bureau.peak, now()) == (min(limit, 6), seconds)


@pytest.mark.parametrize("error", [OSError("down"), asyncio.CancelledError()], ids=repr)
async def test_a_failed_call_gives_its_slot_back_and_no_more_than_that(error):
    bureau = Bureau(3, error)
    client = BureauClient(bureau, 2)
    for _ in range(3):
        with pytest.raises(type(error)):
            await client.score("user-1")
    await asyncio.wait_for(asyncio.gather(*(client.score("user-1") for _ in range(6))), 10)
    assert (bureau.peak, now()) == (2, 3 + 3)


async def test_a_cancelled_call_or_wait_takes_no_slot_along():
    bureau = Bureau()
    client = BureauClient(bureau, 1)
    calls = [asyncio.create_task(client.score("user-1")) for _ in range(2)]
    await settle()
    for call in reversed(calls):
        call.cancel()
    await asyncio.wait(calls)
    await asyncio.wait_for(asyncio.gather(*(client.score("user-1") for _ in range(2))), 10)
    assert (bureau.peak, now()) == (1, 2)


@pytest.mark.parametrize("limit", [0, -1])
async def test_no_call_at_all_is_refused(limit):
    with pytest.raises(ValueError, match="limit"):
        BureauClient(Bureau(), limit)


@pytest.mark.parametrize("connection", ["connection", None], ids=repr)
async def test_it_connects_when_first_needed_and_once(connection):
    connect = AsyncMock(return_value=connection)
    lazy = LazyConnection(connect)
    assert connect.await_count == 0
    assert [await lazy.get(), await lazy.get()] == [connection] * 2
    connect.assert_awaited_once_with()


async def test_all_who_need_it_at_once_get_the_same_connection():
    async def connect():
        await asyncio.sleep(1)
        return object()

    lazy = LazyConnection(connect)
    connections = await asyncio.gather(*(lazy.get() for _ in range(5)))
    assert len(set(connections)) == 1
    assert now() == 1


def test_it_connects_once_whatever_the_order_of_the_steps(run_in_order):
    connections = iter(range(5))

    async def connect():
        await asyncio.sleep(1)
        return next(connections)

    async def all_at_once():
        lazy = LazyConnection(connect)
        return await asyncio.gather(*(lazy.get() for _ in range(5)))

    assert run_in_order(all_at_once()) == [0] * 5


async def test_a_failed_connect_is_not_remembered():
    connect = AsyncMock(side_effect=[OSError("down"), "connection"])
    lazy = LazyConnection(connect)
    with pytest.raises(OSError, match="down"):
        await lazy.get()
    assert await asyncio.wait_for(lazy.get(), 1) == "connection"


async def test_who_is_cancelled_while_connecting_leaves_it_to_the_next():
    begun = []

    async def connect():
        begun.append(now())
        await asyncio.sleep(5)
        return "connection"

    lazy = LazyConnection(connect)
    first = asyncio.create_task(lazy.get())
    await settle()
    second = asyncio.create_task(lazy.get())
    await asyncio.sleep(1)
    first.cancel()
    assert await second == "connection"
    assert (first.cancelled(), begun) == (True, [0, 1])


async def test_a_gate_is_open_at_first():
    await asyncio.wait_for(Gate().pass_(), 1)


async def test_nobody_passes_a_paused_gate_and_resume_lets_all_pass():
    gate, passed = Gate(), []

    async def walk(name):
        await gate.pass_()
        passed.append(name)

    gate.pause()
    walks = [asyncio.create_task(walk(name)) for name in "abc"]
    await asyncio.sleep(3600)
    assert passed == []
    gate.resume()
    await asyncio.wait(walks)
    assert sorted(passed) == ["a", "b", "c"]
    await asyncio.wait_for(gate.pass_(), 1)


async def test_who_is_woken_finds_the_gate_paused_again_and_waits_on():
    gate = Gate()
    gate.pause()
    walk = asyncio.create_task(gate.pass_())
    await settle()
    gate.resume()
    gate.pause()
    await settle()
    assert not walk.done()
    gate.resume()
    await walk

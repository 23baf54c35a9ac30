import asyncio

import pytest
from finance_lending_worker.queue.consumer import collect_batch
from queue_runs import needs_shutdown

from coursekit.harness import settle


def now() -> float:
    return asyncio.get_running_loop().time()


async def send(queue: asyncio.Queue[int], *moments: float) -> None:
    for number, moment in enumerate(moments):
        await asyncio.sleep(moment - now())
        await queue.put(number)


async def test_a_full_batch_is_returned_at_once():
    queue = asyncio.Queue()
    await send(queue, 0, 0, 0, 0)
    assert await collect_batch(queue, 3, 10) == [0, 1, 2]
    assert (now(), queue.qsize()) == (0, 1)


async def test_the_batch_has_one_deadline_however_its_items_trickle_in():
    queue = asyncio.Queue()
    sender = asyncio.create_task(send(queue, 1, 2, 3, 4, 5))
    assert await collect_batch(queue, max_items=10, max_wait=2.5) == [0, 1]
    assert now() == 2.5
    await sender


async def test_the_last_item_ends_the_wait():
    queue = asyncio.Queue()
    sender = asyncio.create_task(send(queue, 1, 2))
    assert await collect_batch(queue, 2, 10) == [0, 1]
    assert now() == 2
    await sender


async def test_no_item_in_time_is_an_empty_batch():
    assert await collect_batch(asyncio.Queue(), 3, 2) == []
    assert now() == 2


@pytest.mark.parametrize("max_wait", [0, -1])
async def test_without_time_it_takes_what_is_there(max_wait):
    queue = asyncio.Queue()
    await send(queue, 0, 0)
    assert await collect_batch(queue, 5, max_wait) == [0, 1]
    assert now() == 0


async def test_without_a_deadline_it_waits_until_the_batch_is_full():
    queue = asyncio.Queue()
    sender = asyncio.create_task(send(queue, 10, 86_400))
    assert await collect_batch(queue, 2, None) == [0, 1]
    await sender


async def test_falsy_items_and_none_are_items():
    queue = asyncio.Queue()
    for item in (0, None, ""):
        queue.put_nowait(item)
    assert await collect_batch(queue, 3, 1) == [0, None, ""]


@pytest.mark.parametrize("sender_first", [True, False])
def test_an_item_of_the_very_moment_of_the_deadline_is_not_lost(run_in_order, sender_first):
    async def at_the_deadline():
        queue = asyncio.Queue()
        sender = send(queue, 1, 2, 2)
        collector = collect_batch(queue, 10, 2)
        both = (sender, collector) if sender_first else (collector, sender)
        batch = (await asyncio.gather(*both))[sender_first]
        return batch + [queue.get_nowait() for _ in range(queue.qsize())]

    assert run_in_order(at_the_deadline()) == [0, 1, 2]


async def test_the_caller_owes_a_task_done_for_each_item():
    queue = asyncio.Queue()
    await send(queue, 0, 0)
    batch = await collect_batch(queue, 5, 1)
    for _ in batch:
        queue.task_done()
    await asyncio.wait_for(queue.join(), 1)


async def test_cancelled_it_gives_back_what_it_took():
    queue = asyncio.Queue(maxsize=5)
    await send(queue, 0, 0)
    task = asyncio.create_task(collect_batch(queue, 3, 10))
    await settle()
    assert queue.empty()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [queue.get_nowait(), queue.get_nowait()] == [0, 1]
    for _ in range(2):
        queue.task_done()
    await asyncio.wait_for(queue.join(), 1)


def test_what_it_gives_back_is_there_in_order_when_it_has_ended(run_in_order):
    async def given_up():
        queue = asyncio.Queue()
        await send(queue, 0, 0, 0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(collect_batch(queue, 5, 10), 1)
        return [queue.get_nowait() for _ in range(queue.qsize())]

    assert run_in_order(given_up()) == [0, 1, 2]


async def test_what_cannot_be_given_back_is_logged_and_not_owed(caplog):
    queue = asyncio.Queue(maxsize=1)
    await send(queue, 0)
    task = asyncio.create_task(collect_batch(queue, 3, 10))
    await settle()
    task.cancel()
    await queue.put(7)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "no room to give back 0" in caplog.text
    assert queue.get_nowait() == 7
    queue.task_done()
    await asyncio.wait_for(queue.join(), 1)


@needs_shutdown
async def test_a_queue_that_is_shut_down_gives_what_was_taken_and_then_its_error():
    queue = asyncio.Queue()
    await send(queue, 0, 0)
    collecting = asyncio.create_task(collect_batch(queue, 3, 10))
    await settle()
    queue.shutdown()
    assert await collecting == [0, 1]
    with pytest.raises(asyncio.QueueShutDown):
        await collect_batch(queue, 3, 10)


@needs_shutdown
async def test_cancelled_beside_a_shutdown_it_is_cancelled(caplog):
    queue = asyncio.Queue()
    await send(queue, 0)
    collecting = asyncio.create_task(collect_batch(queue, 3, 10))
    await settle()
    collecting.cancel()
    queue.shutdown()
    with pytest.raises(asyncio.CancelledError):
        await collecting
    assert "no room to give back 0" in caplog.text
    await queue.join()

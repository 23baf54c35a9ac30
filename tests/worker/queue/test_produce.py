import asyncio
from typing import Any

import pytest
from finance_lending_worker.queue.consumer import consume_queue, produce

from coursekit.harness import settle


def now() -> float:
    return asyncio.get_running_loop().time()


def everything_in(queue: asyncio.Queue[Any]) -> list[Any]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def trickle(*items: Any):
    for item in items:
        await asyncio.sleep(1)
        if isinstance(item, Exception):
            raise item
        yield item


@pytest.mark.parametrize(
    "source", [[1, 0, 3], (1, 0, 3), iter([1, 0, 3])], ids=["list", "tuple", "iterator"]
)
async def test_every_item_is_sent_in_order_then_none_and_the_items_are_counted(source):
    queue = asyncio.Queue()
    assert await produce(source, queue) == 3
    assert everything_in(queue) == [1, 0, 3, None]


async def test_a_source_may_be_asynchronous():
    queue = asyncio.Queue()
    assert await produce(source=trickle("a", "b"), queue=queue) == 2
    assert everything_in(queue) == ["a", "b", None]


@pytest.mark.parametrize("source", [[], trickle()], ids=["sync", "async"])
async def test_an_empty_source_still_ends_the_queue(source):
    queue = asyncio.Queue()
    assert await produce(source, queue) == 0
    assert everything_in(queue) == [None]


async def test_each_item_is_sent_as_soon_as_it_is_there():
    queue = asyncio.Queue()
    task = asyncio.create_task(produce(trickle("a", "b"), queue))
    await asyncio.sleep(1.5)
    assert everything_in(queue) == ["a"]
    await task


async def test_it_waits_while_the_queue_is_full_and_drops_nothing():
    queue, read = asyncio.Queue(maxsize=2), []

    def source():
        for number in range(5):
            read.append(number)
            yield number

    task = asyncio.create_task(produce(source(), queue))
    await settle()
    assert (queue.qsize(), read) == (2, [0, 1, 2])
    assert [await queue.get() for _ in range(6)] == [0, 1, 2, 3, 4, None]
    assert await task == 5


async def test_a_failing_source_ends_the_queue_before_its_error_is_raised():
    queue, error = asyncio.Queue(), OSError("the file is gone")
    with pytest.raises(OSError, match="gone") as caught:
        await produce(trickle("a", error, "b"), queue)
    assert caught.value is error
    assert everything_in(queue) == ["a", None]


async def test_a_consumer_of_a_failing_source_comes_to_its_end():
    async def processor(message):
        return message

    queue = asyncio.Queue(maxsize=1)
    producer = asyncio.create_task(produce(trickle("a", "b", OSError("gone")), queue))
    assert await consume_queue(queue, processor, consumers=3) == ["a", "b"]
    with pytest.raises(OSError, match="gone"):
        await producer


async def test_none_cannot_be_an_item():
    queue = asyncio.Queue()
    with pytest.raises(ValueError, match="None"):
        await produce(["a", None, "b"], queue)
    assert everything_in(queue) == ["a", None]


async def test_a_cancelled_producer_still_ends_the_queue_if_there_is_room():
    queue = asyncio.Queue()
    task = asyncio.create_task(produce(trickle("a", "b"), queue))
    await asyncio.sleep(1.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert everything_in(queue) == ["a", None]


async def test_a_cancelled_producer_does_not_wait_for_room():
    queue = asyncio.Queue(maxsize=1)
    task = asyncio.create_task(produce(["a", "b"], queue))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert everything_in(queue) == ["a"]
    assert now() == 0

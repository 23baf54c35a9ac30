import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest
from finance_lending_worker.queue.consumer import consume_queue
from queue_runs import cancels_itself_and_keeps_that_quiet, needs_shutdown

from coursekit.harness import settle


def now() -> float:
    return asyncio.get_running_loop().time()


def queue_of(*messages: Any) -> asyncio.Queue[Any]:
    queue: asyncio.Queue[Any] = asyncio.Queue()
    for message in messages:
        queue.put_nowait(message)
    return queue


async def a_second(message: Any) -> Any:
    await asyncio.sleep(1)
    return message


async def poisoned(message: Any) -> Any:
    await asyncio.sleep(1)
    if message == "poison":
        raise ValueError("cannot be read")
    return message


async def test_messages_are_processed_in_order_until_none():
    processor = AsyncMock(side_effect=str.upper)
    queue = queue_of("a", "b", None)
    assert await asyncio.wait_for(consume_queue(queue, processor), 1) == ["A", "B"]
    assert [call.args for call in processor.await_args_list] == [("a",), ("b",)]


@pytest.mark.parametrize("consumers", [1, 3])
async def test_join_returns_once_all_is_done_the_sentinel_included(consumers):
    queue = queue_of("a", "b", None)
    await consume_queue(queue, a_second, consumers=consumers)
    await asyncio.wait_for(queue.join(), 1)
    with pytest.raises(ValueError, match="task_done"):
        queue.task_done()


async def test_a_message_is_done_when_join_returns():
    queue, done = queue_of("a", "b"), []

    async def processor(message):
        await asyncio.sleep(1)
        done.append(message)

    task = asyncio.create_task(consume_queue(queue, processor))
    await queue.join()
    assert (done, now()) == (["a", "b"], 2)
    await queue.put(None)
    await task


async def test_one_none_ends_all_consumers_busy_or_idle():
    queue = queue_of("a")
    task = asyncio.create_task(consume_queue(queue, a_second, consumers=5))
    await settle()
    await queue.put(None)
    assert await task == ["a"]
    assert now() == 1
    await queue.join()


async def test_results_stand_in_the_order_of_completion():
    async def processor(seconds):
        await asyncio.sleep(seconds)
        return seconds

    assert await consume_queue(queue_of(3, 1, 2, None), processor, consumers=3) == [1, 2, 3]


@pytest.mark.parametrize(("consumers", "seconds"), [(1, 6), (2, 3), (6, 1), (9, 1)])
async def test_as_many_are_processed_at_once_as_there_are_consumers(consumers, seconds):
    await consume_queue(queue_of(*range(6), None), a_second, consumers)
    assert now() == seconds


async def test_what_follows_none_stays_in_the_queue():
    queue = queue_of("a", None, "b", "c")
    assert await consume_queue(queue, a_second, consumers=3) == ["a"]
    assert queue.qsize() == 2


def test_one_consumer_keeps_the_order_whatever_the_order_of_the_steps(run_in_order):
    async def consume():
        return await consume_queue(queue_of(*range(9), None), AsyncMock(side_effect=range(9)))

    assert run_in_order(consume()) == list(range(9))


@pytest.mark.parametrize("message", [0, "", {}, False, []], ids=repr)
async def test_a_falsy_message_is_a_message(message):
    processor = AsyncMock(return_value="seen")
    assert await consume_queue(queue_of(message, None), processor) == ["seen"]
    processor.assert_awaited_once_with(message)


async def test_a_result_of_none_is_a_result():
    assert await consume_queue(queue_of("a", None), AsyncMock(return_value=None)) == [None]


async def test_a_poison_message_is_tried_dead_lettered_with_its_error_and_passed():
    dead, processor = [], AsyncMock(side_effect=poisoned)
    queue = queue_of("poison", "good", None)
    assert await consume_queue(queue, processor, dead_letters=dead) == ["good"]
    [(message, error)] = dead
    assert (message, type(error), str(error)) == ("poison", ValueError, "cannot be read")
    assert processor.await_count == 3 + 1
    await asyncio.wait_for(queue.join(), 1)


def test_a_dead_letter_is_there_when_join_returns(run_in_order):
    async def join():
        queue, dead = queue_of("poison"), []
        task = asyncio.create_task(consume_queue(queue, poisoned, dead_letters=dead))
        await queue.join()
        letters = [message for message, _ in dead]
        queue.put_nowait(None)
        await task
        return letters

    assert run_in_order(join()) == ["poison"]


@pytest.mark.parametrize("error", [KeyError("x"), OSError(), asyncio.CancelledError()], ids=repr)
async def test_no_error_of_a_message_ends_consumption(error):
    dead, processor = [], AsyncMock(side_effect=[error, error, "done"])
    queue = queue_of("bad", "good", None)
    results = await consume_queue(queue, processor, 1, max_attempts=2, dead_letters=dead)
    assert results == ["done"]
    assert [message for message, _ in dead] == ["bad"]


async def test_more_poison_than_consumers_stops_nothing():
    queue, dead = queue_of(*["poison"] * 4, "good", None), []
    results = await consume_queue(queue, poisoned, consumers=2, max_attempts=1, dead_letters=dead)
    assert results == ["good"]
    assert len(dead) == 4


async def test_a_message_that_succeeds_at_last_is_no_dead_letter():
    dead, processor = [], AsyncMock(side_effect=[OSError(), OSError(), "done"])
    assert await consume_queue(queue_of("a", None), processor, dead_letters=dead) == ["done"]
    assert dead == []


async def test_without_a_list_dead_letters_are_logged(caplog):
    await consume_queue(queue_of("poison", None), poisoned)
    assert "poison" in caplog.text
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("consumers", [1, 2])
async def test_cancelled_it_dead_letters_nothing_and_every_get_has_its_task_done(consumers):
    queue, dead, seen = queue_of("a", "b", "c", "d"), [], []

    async def processor(message):
        seen.append(message)
        await asyncio.sleep(1)
        return message

    task = asyncio.create_task(consume_queue(queue, processor, consumers, dead_letters=dead))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (dead, seen, now()) == ([], ["a", "b"][:consumers], 0.5)
    for _ in range(queue.qsize()):
        queue.get_nowait()
        queue.task_done()
    await asyncio.wait_for(queue.join(), 1)


async def test_a_processor_that_swallows_the_cancellation_does_not_stop_the_stop():
    seen = []

    async def processor(message):
        seen.append(message)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "swallowed"

    queue = queue_of("a", "b")
    task = asyncio.create_task(consume_queue(queue, processor))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (seen, queue.qsize()) == (["a"], 1)


@pytest.mark.parametrize(("consumers", "attempts"), [(0, 3), (1, 0)])
async def test_none_at_all_is_refused(consumers, attempts):
    with pytest.raises(ValueError, match="at least 1"):
        await consume_queue(queue_of(None), a_second, consumers, attempts)


async def test_a_processor_that_cancels_itself_and_keeps_that_quiet_ends_nobody():
    queue = queue_of("a", "b", "c", None)
    assert await consume_queue(queue, cancels_itself_and_keeps_that_quiet) == ["a", "b", "c"]
    assert queue.empty()


@needs_shutdown
@pytest.mark.parametrize("consumers", [1, 3])
async def test_a_queue_that_is_shut_down_ends_all_consumers_when_it_is_empty(consumers):
    queue = queue_of("a", "b")
    consuming = asyncio.create_task(consume_queue(queue, a_second, consumers))
    await settle()
    queue.shutdown()
    assert sorted(await consuming) == ["a", "b"]
    await queue.join()

"""Both ends of an asyncio.Queue: consumers, a producer, batches. ``None`` means: no more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from typing import TypeVar

from finance_lending_worker.queue.attempts import attempt
from finance_lending_worker.tasks.cancellation import watch_for_cancellation

log = logging.getLogger(__name__)

# What a queue raises that was shut down, as Python 3.13 and newer can do.
_SHUT_DOWN: tuple[type[Exception], ...] = ()
if sys.version_info >= (3, 13):
    _SHUT_DOWN = (asyncio.QueueShutDown,)
_NO_ROOM: tuple[type[Exception], ...] = (asyncio.QueueFull, *_SHUT_DOWN)

Message = TypeVar("Message")
Result = TypeVar("Result")


async def consume_queue(
    queue: asyncio.Queue[Message | None],
    processor: Callable[[Message], Awaitable[Result]],
    consumers: int = 1,
    max_attempts: int = 3,
    dead_letters: list[tuple[Message, Exception]] | None = None,
) -> list[Result]:
    """Process the messages of a queue until ``None`` or its shutdown, which end all consumers.

    Every message taken has its ``task_done()``, after the work, and ``None`` has it too. What
    follows ``None`` stays in the queue. A falsy message (0, "", {}) is a message like any other.

    Args:
        queue: where the messages and, last, ``None`` come from.
        processor: awaited with the message.
        consumers: how many messages are processed at the same time.
        max_attempts: how often a message that fails is tried, at once and by the same consumer.
        dead_letters: gets ``(message, error)`` for each message that failed every time.

    Returns:
        The results in the order of completion.

    Raises:
        ValueError: ``consumers`` or ``max_attempts`` is less than 1.
        asyncio.CancelledError: as the caller's; the message in hand is no result, no dead letter.
    """
    if consumers < 1 or max_attempts < 1:
        raise ValueError("consumers and max_attempts must be at least 1")
    results: list[Result] = []
    ended = asyncio.Event()
    turn = asyncio.Lock()
    is_cancelled = watch_for_cancellation()

    async def consume() -> None:
        # A processor that swallows a cancellation ends its message, but not the wish to stop.
        while not is_cancelled():
            # One consumer waits at the queue, the others behind it: so all of them see the end.
            async with turn:
                if ended.is_set():
                    return
                try:
                    message = await queue.get()
                except _SHUT_DOWN:  # as each of the others will see for itself
                    return
            try:
                if message is None:
                    ended.set()
                    return
                await process(message)
            finally:
                queue.task_done()

    async def process(message: Message) -> None:
        try:
            results.append(await attempt(processor, message, max_attempts))
        except Exception as error:
            log.warning("gave up on %r: %r", message, error)
            if dead_letters is not None:
                dead_letters.append((message, error))

    async with asyncio.TaskGroup() as group:
        for _ in range(consumers):
            group.create_task(consume())
    return results


async def produce(
    source: Iterable[Message] | AsyncIterable[Message], queue: asyncio.Queue[Message | None]
) -> int:
    """Put every item of a source, then ``None``, into the queue; return how many items there were.

    It waits while the queue is full. ``None`` is sent even if the source fails: no consumer hangs.
    A cancelled producer does not wait for room any more: in a full queue it leaves no ``None``.

    Raises:
        ValueError: the source gave None, which cannot be a message.
        Exception: what the source raised, after the ``None``.
    """
    sent = 0
    try:
        async with contextlib.aclosing(_items(source)) as items:
            async for item in items:
                if item is None:
                    raise ValueError("None ends the queue and cannot be a message")
                await queue.put(item)
                sent += 1
    except asyncio.CancelledError:
        with contextlib.suppress(asyncio.QueueFull):
            queue.put_nowait(None)
        raise
    except Exception:
        await queue.put(None)
        raise
    await queue.put(None)
    return sent


async def _items(
    source: Iterable[Message] | AsyncIterable[Message],
) -> AsyncGenerator[Message, None]:
    if isinstance(source, AsyncIterable):
        async for item in source:
            yield item
    else:
        for item in source:
            yield item


async def collect_batch(
    queue: asyncio.Queue[Message], max_items: int, max_wait: float | None
) -> list[Message]:
    """Take up to ``max_items`` items within ``max_wait`` seconds of the call.

    The batch has one deadline, however its items trickle in. An item of that very moment is either
    in the batch or still in the queue. The caller owes the queue one ``task_done()`` an item.

    Args:
        queue: where the items come from; ``None`` is an item like any other.
        max_items: a batch of this size is returned at once.
        max_wait: seconds; None waits until the batch is full.

    Returns:
        The items in the order of the queue; an empty list if none came in time. When the queue is
        shut down, what was taken before; then its QueueShutDown is raised by the next call.

    Raises:
        asyncio.CancelledError: as the caller's; what was taken goes back to the end of the queue.
            Items for which others have left no room are logged as lost.
    """
    batch: list[Message] = []
    try:
        async with asyncio.timeout(max_wait):
            while len(batch) < max_items:
                batch.append(await queue.get())
    except TimeoutError:
        pass
    except _SHUT_DOWN:
        if not batch:
            raise
    except asyncio.CancelledError:
        _give_back(batch, queue)
        raise
    return batch


def _give_back(batch: list[Message], queue: asyncio.Queue[Message]) -> None:
    for item in batch:
        try:
            queue.put_nowait(item)
        except _NO_ROOM:
            log.error("cancelled, and no room to give back %r", item)
        queue.task_done()

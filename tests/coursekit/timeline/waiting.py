"""One coroutine for each way of waiting; its first wait is the one to see."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

from coursekit.harness import settle


def later(action):
    asyncio.get_running_loop().call_later(1, action)


async def taken(primitive):
    await primitive.acquire()
    later(primitive.release)
    return primitive


async def sleeps():
    await asyncio.sleep(1)


async def takes_a_lock():
    lock = await taken(asyncio.Lock())
    async with lock:
        pass


async def takes_a_slot():
    slots = await taken(asyncio.Semaphore(1))
    async with slots:
        pass


async def takes_a_bounded_slot():
    slots = await taken(asyncio.BoundedSemaphore(1))
    await slots.acquire()


async def waits_for_an_event():
    ready = asyncio.Event()
    later(ready.set)
    await ready.wait()


async def waits_for_a_notification():
    news = asyncio.Condition()

    async def tell():
        async with news:
            news.notify_all()

    async with asyncio.TaskGroup() as group, news:
        later(lambda: group.create_task(tell()))
        await news.wait()


async def waits_for_a_predicate():
    news = asyncio.Condition()
    told = []

    async def tell():
        async with news:
            told.append(True)
            news.notify_all()

    async with asyncio.TaskGroup() as group, news:
        later(lambda: group.create_task(tell()))
        await news.wait_for(lambda: told)


async def waits_at_a_barrier():
    gate = asyncio.Barrier(2)
    async with asyncio.TaskGroup() as group:
        later(lambda: group.create_task(gate.wait()))
        await gate.wait()


async def gets():
    queue = asyncio.Queue()
    later(lambda: queue.put_nowait(1))
    await queue.get()


async def gets_the_best():
    queue = asyncio.PriorityQueue()
    later(lambda: queue.put_nowait(1))
    await queue.get()


async def puts():
    queue = asyncio.Queue(1)
    queue.put_nowait(1)
    later(queue.get_nowait)
    await queue.put(2)


async def joins():
    queue = asyncio.Queue()
    queue.put_nowait(1)
    later(queue.task_done)
    await queue.join()


async def awaits_a_task():
    job = asyncio.create_task(asyncio.sleep(1))
    await job


async def gathers():
    await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))


async def leaves_a_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(1))


async def waits_for_the_first():
    jobs = {asyncio.create_task(asyncio.sleep(1))}
    await asyncio.wait(jobs)


async def shields():
    await asyncio.shield(asyncio.sleep(1))


async def uses_a_thread():
    await asyncio.to_thread(sum, [1, 2])


async def uses_an_executor():
    await asyncio.get_running_loop().run_in_executor(None, sum, [1, 2])


async def awaits_a_future():
    answer = asyncio.get_running_loop().create_future()
    later(lambda: answer.set_result(1))
    await answer


async def settles():
    job = asyncio.create_task(asyncio.sleep(1))
    await settle()
    await job


async def reads_a_generator():
    async def ticks():
        await asyncio.sleep(1)
        yield 1

    async for _ in ticks():
        pass


async def enters_a_context_manager():
    @asynccontextmanager
    async def resource():
        await asyncio.sleep(1)
        yield

    async with resource():
        pass


async def enters_a_stack():
    lock = await taken(asyncio.Lock())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(lock)

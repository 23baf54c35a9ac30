import asyncio

import pytest
from finance_lending_worker.sync.inbox import Inbox, InboxClosed

from coursekit.harness import settle


async def test_items_come_out_in_the_order_they_went_in():
    inbox = Inbox()
    await inbox.put("a", "b")
    await inbox.put("c")
    assert [await inbox.take() for _ in range(3)] == ["a", "b", "c"]


async def test_an_item_put_before_anybody_waits_is_there():
    inbox = Inbox()
    await inbox.put(0)
    assert await asyncio.wait_for(inbox.take(), 1) == 0


async def test_take_waits_for_an_item():
    inbox = Inbox()
    take = asyncio.create_task(inbox.take())
    await asyncio.sleep(3600)
    assert not take.done()
    await inbox.put("a")
    assert await take == "a"


async def test_one_put_of_many_items_serves_all_who_wait():
    inbox = Inbox()
    takes = [asyncio.create_task(inbox.take()) for _ in range(3)]
    await settle()
    await inbox.put("a", "b", "c")
    assert sorted(await asyncio.gather(*takes)) == ["a", "b", "c"]


async def test_who_is_woken_and_finds_the_item_gone_waits_on():
    inbox = Inbox()
    takes = [asyncio.create_task(inbox.take()) for _ in range(2)]
    await settle()
    await inbox.put("a")
    await settle()
    assert [take.done() for take in takes].count(True) == 1
    await inbox.put("b")
    assert sorted(await asyncio.gather(*takes)) == ["a", "b"]


async def test_an_item_stolen_between_the_wake_up_and_the_take_is_no_error():
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.take())
    await settle()
    thief = asyncio.create_task(inbox.take())
    put = asyncio.create_task(inbox.put("a"))
    await settle()
    await inbox.put("b")
    await put
    assert sorted(await asyncio.gather(waiting, thief)) == ["a", "b"]


async def test_putting_nothing_wakes_nobody_for_good():
    inbox = Inbox()
    take = asyncio.create_task(inbox.take())
    await settle()
    await inbox.put()
    await settle()
    assert not take.done()
    await inbox.close()
    with pytest.raises(InboxClosed):
        await take


async def test_a_take_that_is_given_up_takes_nothing_along():
    inbox = Inbox()
    given_up, other = (asyncio.create_task(inbox.take()) for _ in range(2))
    await settle()
    await inbox.put("a")
    given_up.cancel()
    assert await asyncio.wait_for(other, 1) == "a"
    assert given_up.cancelled()


async def test_close_wakes_all_who_wait():
    inbox = Inbox()
    takes = [asyncio.create_task(inbox.take()) for _ in range(3)]
    await settle()
    await inbox.close()
    outcomes = await asyncio.gather(*takes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [InboxClosed] * 3


async def test_what_is_inside_can_be_taken_after_close_and_then_no_more():
    inbox = Inbox()
    await inbox.put("a", "b")
    await inbox.close()
    assert [await inbox.take(), await inbox.take()] == ["a", "b"]
    with pytest.raises(InboxClosed):
        await inbox.take()


async def test_nothing_can_be_put_after_close():
    inbox = Inbox()
    await inbox.close()
    with pytest.raises(InboxClosed):
        await inbox.put("a")
    with pytest.raises(InboxClosed):
        await inbox.take()


async def test_close_may_come_twice():
    inbox = Inbox()
    await inbox.close()
    await inbox.close()
    with pytest.raises(InboxClosed):
        await inbox.take()


def test_each_item_is_taken_once_whatever_the_order_of_the_steps(run_in_order):
    async def exchange():
        inbox, taken = Inbox(), []

        async def taker():
            try:
                while True:
                    taken.append(await inbox.take())
            except InboxClosed:
                pass

        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(taker())
            async with asyncio.TaskGroup() as putters:
                for number in range(6):
                    putters.create_task(inbox.put(2 * number, 2 * number + 1))
            await inbox.close()
        return taken

    assert sorted(run_in_order(exchange())) == list(range(12))

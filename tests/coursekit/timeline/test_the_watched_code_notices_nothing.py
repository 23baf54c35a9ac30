"""A timeline changes neither the loop nor what the code sees of its tasks."""

import asyncio
import gc
import inspect
import sys
import traceback
import weakref

import pytest

from coursekit.timeline import timeline
from coursekit.timeline.tracing import Tracer


def rows(picture):
    (panel,) = picture.panels
    return [line.name for line in panel.record.lines]


async def test_the_loop_gets_its_own_factory_back():
    loop = asyncio.get_running_loop()
    made = []

    def factory(loop, coroutine, **options):
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    loop.set_task_factory(factory)
    with timeline() as picture:
        await asyncio.create_task(asyncio.sleep(1))
    assert loop.get_task_factory() is factory
    assert len(made) == 1  # the loop's own factory made the task, also meanwhile
    assert rows(picture) == ["sleep"]
    loop.set_task_factory(None)


async def test_a_factory_set_meanwhile_stays():
    loop = asyncio.get_running_loop()

    def factory(loop, coroutine, **options):
        return asyncio.Task(coroutine, loop=loop, **options)

    with timeline():
        loop.set_task_factory(factory)
    assert loop.get_task_factory() is factory
    loop.set_task_factory(None)


async def fails_by_itself():
    await asyncio.sleep(1)
    raise ValueError("no")


async def fails_by_what_it_awaits():
    answer = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(1, answer.set_exception, ValueError("no"))
    await answer


@pytest.mark.parametrize("fail", [fails_by_itself, fails_by_what_it_awaits])
async def test_an_exception_comes_through_with_the_codes_own_traceback(fail):
    with timeline() as picture, pytest.raises(ValueError, match="no") as caught:
        await asyncio.create_task(fail())
    files = {frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)}
    assert not any("timeline/tracing" in file for file in files)
    (panel,) = picture.panels
    assert panel.record.lines[0].outcome == ("raised", "ValueError")
    assert asyncio.get_running_loop().get_task_factory() is None


async def test_an_exception_of_the_block_comes_through():
    picture = timeline()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with picture:
            await asyncio.create_task(asyncio.sleep(1))
            raise ZeroDivisionError
    assert rows(picture) == ["sleep"]
    assert asyncio.get_running_loop().get_task_factory() is None


async def test_one_timeline_inside_another_sees_its_own_part():
    async def early():
        await asyncio.sleep(1)

    async def late():
        await asyncio.sleep(1)

    with timeline() as outer:
        await asyncio.create_task(early())
        with timeline() as inner:
            await asyncio.create_task(late())
        await asyncio.create_task(early())
    assert [name.rpartition(".")[2] for name in rows(inner)] == ["late"]
    assert [name.rpartition(".")[2] for name in rows(outer)] == ["early", "late", "early #2"]
    assert asyncio.get_running_loop().get_task_factory() is None


async def test_two_timelines_may_end_in_the_order_they_began():
    loop = asyncio.get_running_loop()
    first, second = Tracer(loop), Tracer(loop)
    first.uninstall()
    await asyncio.create_task(asyncio.sleep(1))
    second.uninstall()
    await asyncio.create_task(asyncio.sleep(1))
    assert len(second.record().lines) == 1
    assert first.record().lines == ()


async def test_what_a_task_waited_for_is_not_kept_alive():
    async def waits_twice():
        event = asyncio.Event()
        asyncio.get_running_loop().call_later(1, event.set)
        await event.wait()
        gone = weakref.ref(event)
        del event
        gc.collect()
        assert gone() is None

    with timeline():
        await asyncio.create_task(waits_twice())


async def test_a_task_keeps_its_name_its_context_and_its_coroutines_attributes():
    async def job():
        await asyncio.sleep(1)

    with timeline():
        task = asyncio.create_task(job(), name="mine")
        unnamed = asyncio.create_task(job())
        await asyncio.sleep(0)
        coroutine = task.get_coro()
        assert task.get_name() == "mine"
        assert unnamed.get_name().startswith("Task-")
        assert asyncio.iscoroutine(coroutine)
        assert coroutine.__qualname__.endswith("job")
        assert coroutine.cr_frame.f_code is job.__code__
        assert inspect.iscoroutine(coroutine.cr_await)
        assert task.get_stack()[-1].f_code is job.__code__
        await asyncio.gather(task, unnamed)


async def test_a_cancellation_keeps_its_message():
    async def job():
        with pytest.raises(asyncio.CancelledError, match="enough"):
            await asyncio.sleep(9)

    with timeline() as picture:
        task = asyncio.create_task(job())
        await asyncio.sleep(0)
        task.cancel("enough")
        await task
    (panel,) = picture.panels
    (line,) = panel.record.lines
    assert line.outcome.how == "returned"
    assert len(line.cancels_outlived) == 1


async def test_tasks_that_outlive_the_block_run_on_undisturbed():
    with timeline() as picture:
        task = asyncio.create_task(asyncio.sleep(5, "late"))
        await asyncio.sleep(1)
    drawn = repr(picture)
    assert await task == "late"
    assert repr(picture) == drawn
    assert "…" in drawn.splitlines()[1]


def test_a_timeline_needs_a_running_loop():
    with pytest.raises(RuntimeError, match="no running event loop"), timeline():
        pass


async def test_a_picture_may_be_taken_in_the_middle():
    with timeline() as picture:
        task = asyncio.create_task(asyncio.sleep(2))
        await asyncio.sleep(1)
        assert "1 task, 1 s virtual time" in repr(picture)
        await task
    assert "1 task, 2 s virtual time" in repr(picture)


if sys.version_info >= (3, 12):

    async def test_eager_tasks_are_drawn_too():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)

        async def quick():
            return 1

        with timeline() as picture:
            done = asyncio.create_task(quick(), name="quick")
            assert done.done()
            await asyncio.create_task(asyncio.sleep(1), name="slow")
        assert loop.get_task_factory() is asyncio.eager_task_factory
        (panel,) = picture.panels
        assert [(line.name, line.outcome.how) for line in panel.record.lines] == [
            ("quick", "returned"),
            ("slow", "returned"),
        ]
        assert "sleep░" in repr(picture)
        loop.set_task_factory(None)


@pytest.mark.real_time
async def test_real_time_is_drawn_to_scale():
    with timeline() as picture:
        await asyncio.gather(asyncio.sleep(0.02), asyncio.sleep(0.04))
    (panel,) = picture.panels
    assert not panel.record.virtual
    short, long = (line.segments[-2] for line in panel.record.lines)
    assert short.ended - short.began < long.ended - long.began
    assert "real time" in repr(picture)

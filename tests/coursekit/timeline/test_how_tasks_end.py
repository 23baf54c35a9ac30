import asyncio
import gc
import threading

from coursekit.harness import Livelock
from coursekit.timeline import apart, timeline


async def test_each_end_has_its_sign():
    async def fail():
        raise KeyError

    with timeline() as shown:
        tasks = [
            asyncio.create_task(asyncio.sleep(1), name="ends"),
            asyncio.create_task(fail(), name="fails"),
            asyncio.create_task(asyncio.sleep(9), name="cancelled"),
            asyncio.create_task(asyncio.sleep(8), name="unfinished"),
        ]
        await asyncio.sleep(2)
        tasks[2].cancel()
        await asyncio.wait(tasks[:3])
    ends = [line.split()[-2:] for line in repr(shown).splitlines()[1:5]]
    assert [end[-1][-1] for end in ends] == ["■", "r", "⊘", "…"]
    assert "✗ KeyError" in repr(shown)
    assert isinstance(tasks[1].exception(), KeyError)
    await tasks[3]


async def test_a_task_cancelled_before_its_first_step_has_no_step():
    with timeline() as shown:
        task = asyncio.create_task(asyncio.sleep(1), name="too late")
        task.cancel()
        await asyncio.wait([task])
    (line,) = shown.panels[0].record.lines
    assert line.outcome.how == "cancelled"


def test_code_that_goes_on_for_ever_is_drawn_as_far_as_it_is_kept():
    async def endless():
        while True:  # noqa: ASYNC110
            await asyncio.sleep(0)

    ending = apart.run(endless)
    assert isinstance(ending.error, Livelock)
    assert ending.record.cut_short
    assert ending.record.lines[0].outcome.how == "waiting"


def test_a_busy_loop_is_stopped_at_its_limit_and_leaves_no_thread():
    async def busy():
        while True:
            pass

    ending = apart.run(busy, limit=0.05)
    assert isinstance(ending.error, apart.Stopped)
    assert ending.record.lines[0].segments[-1].kind == "run"
    for thread in threading.enumerate():
        if thread.name == "timeline":
            thread.join(1)
            assert not thread.is_alive()


async def test_a_picture_keeps_no_task_alive():
    class Big:
        pass

    async def job(big):
        await asyncio.sleep(1)

    with timeline() as shown:
        await asyncio.create_task(job(Big()), name="job")
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one) is Big]
    assert "job" in repr(shown)

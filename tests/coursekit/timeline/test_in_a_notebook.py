"""`%%timeline` and `%%ipytest --timeline` in a real kernel."""

import os
import signal
import threading

import pytest

from tests.coursekit.grading.kernel import Kernel

ADA_AND_BEN = """%%timeline --title queueing
import asyncio
lock = asyncio.Lock()
async def visit(seconds):
    async with lock:
        await asyncio.sleep(seconds)
async with asyncio.TaskGroup() as group:
    group.create_task(visit(2), name="Ada")
    group.create_task(visit(1), name="Ben")
"closed"
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, pytestconfig):
    folder = pytestconfig.rootpath / "notebooks"
    kernel = Kernel(folder, tmp_path_factory.mktemp("kernel"))
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel()


def test_a_cell_with_top_level_await_is_drawn_and_its_value_shown(kernel):
    answer = kernel.run(ADA_AND_BEN)
    assert answer.status == "ok"
    assert "queueing: 3 tasks, 3 s virtual time" in answer.text
    assert "Lock.acquire lock" in answer.text
    assert "'closed'" in answer.text
    assert "<svg" in answer.html
    assert answer.seconds < 5


def test_the_same_cell_draws_the_same_again(kernel):
    first, second = kernel.run(ADA_AND_BEN), kernel.run(ADA_AND_BEN)
    assert (first.text, first.html) == (second.text, second.html)


def test_names_go_in_and_come_out(kernel):
    kernel.run("price = 3")
    kernel.run("%%timeline\nawait asyncio.sleep(1)\ncost = 2 * price")
    assert "6" in kernel.run("cost").text
    assert "7" in kernel.run("await asyncio.sleep(0, 7)").text  # the kernel's loop is untouched


def test_an_error_is_told_from_the_cells_own_line_on(kernel):
    answer = kernel.run("%%timeline\nawait asyncio.sleep(1)\n1 / 0\n")
    assert answer.status == "error"
    assert "✗ ZeroDivisionError" in answer.text
    assert "line 3" in answer.text
    assert ".py" not in answer.text  # no path of this machine, no line of a library


def test_what_is_not_python_is_told_likewise(kernel):
    answer = kernel.run("%%timeline\nx = = 3")
    assert answer.status == "error"
    assert "line 2" in answer.text
    assert "invalid syntax" in answer.text
    assert ".py" not in answer.text


def test_a_deadlock_ends_at_once_with_its_picture(kernel):
    answer = kernel.run("%%timeline\nqueue = asyncio.Queue()\nitem = await queue.get()")
    assert answer.status == "ok"
    assert "waits in Queue.get queue (cell:3): the queue is empty" in answer.text


def test_two_schedules_stand_one_above_the_other(kernel):
    answer = kernel.run(
        "%%timeline --schedule 0 1\n"
        "async def step(n):\n    await asyncio.sleep(0)\n"
        "await asyncio.gather(*map(step, range(3)))"
    )
    assert "schedule 0, passes" in answer.text
    assert "schedule 1, passes" in answer.text


def test_a_wrong_option_is_told_in_one_line(kernel):
    answer = kernel.run("%%timeline --slow\npass")
    assert answer.status == "error"
    assert "unrecognized arguments: --slow" in answer.text
    assert ".py" not in answer.text


@pytest.mark.real_time
@pytest.mark.parametrize(
    "body",
    ["while True:\n    pass", "await asyncio.get_running_loop().run_in_executor(None, wait)"],
    ids=["busy", "thread"],
)
def test_a_hanging_cell_can_be_interrupted(kernel, body):
    kernel.run("import time\ndef wait():\n    time.sleep(3)")
    sent = kernel.send(f"%%timeline --title mine\n{body}")
    stop = threading.Timer(0.3, os.kill, (kernel.pid, signal.SIGINT))
    stop.start()
    answer = kernel.answer(sent)
    stop.join()
    assert answer.status == "error"
    assert "mine, interrupted: 1 task" in answer.text
    assert "Interrupted. The cell's tasks were stopped" in answer.text
    assert kernel.run("1 + 1").text.strip() == "2"


def test_a_cell_that_never_ends_is_stopped_at_its_limit(kernel):
    answer = kernel.run("%%timeline --limit 0.2\nwhile True:\n    pass")
    assert answer.status == "ok"
    assert "stopped after 0.2 s of real time: 1 task" in answer.text


def test_timeline_as_a_context_manager_draws_the_kernels_own_loop(kernel):
    answer = kernel.run(
        "from coursekit.timeline import timeline\n"
        "with timeline('real') as picture:\n"
        "    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.02))\n"
        "picture"
    )
    assert "real: 2 tasks" in answer.text
    assert "<svg" in answer.html


def test_a_test_cells_picture_stands_below_its_result(kernel):
    answer = kernel.run(
        "%%ipytest --timeline\n"
        "import asyncio\n\n"
        "async def test_a_nap():\n    await asyncio.sleep(5)\n\n"
        "async def test_a_hang():\n    await asyncio.Event().wait()\n\n"
        "def test_without_a_loop():\n    pass\n"
    )
    assert "2 passed, 1 failed" in answer.text
    assert "test_a_nap: 1 task, 5 s virtual time" in answer.text
    assert "test_a_hang waits in Event.wait Event() (cell:8): the event is not set" in answer.text
    assert "test_without_a_loop:" not in answer.text
    assert answer.html.count("<svg") == 2

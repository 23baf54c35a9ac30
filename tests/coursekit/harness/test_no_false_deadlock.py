"""Whatever can still wake the loop from outside is waited for, in real time."""

import asyncio
import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiosqlite
import pytest

from coursekit.harness import loop

PAUSE = 0.05


@contextmanager
def sent_by_a_process(number: signal.Signals) -> Iterator[None]:
    """A process nobody watches sends us a signal while the block runs."""
    command = f"import os, time; time.sleep({PAUSE}); os.kill({os.getpid()}, {number.value})"
    with subprocess.Popen([sys.executable, "-S", "-c", command]):
        yield


async def test_a_thread_that_calls_back() -> None:
    here = asyncio.get_running_loop()
    called = asyncio.Event()

    def work() -> None:
        time.sleep(PAUSE)
        here.call_soon_threadsafe(called.set)

    thread = threading.Thread(target=work)
    thread.start()
    await called.wait()
    thread.join()


async def test_a_thread_that_runs_a_coroutine_here() -> None:
    here = asyncio.get_running_loop()
    answer: asyncio.Future[int] = here.create_future()

    async def note() -> None:
        answer.set_result(42)

    def work() -> None:
        time.sleep(PAUSE)
        asyncio.run_coroutine_threadsafe(note(), here).result()

    thread = threading.Thread(target=work)
    thread.start()
    assert await answer == 42
    await asyncio.to_thread(thread.join)


async def test_work_given_to_a_pool_directly() -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        await asyncio.get_running_loop().run_in_executor(pool, int)
        await asyncio.wrap_future(pool.submit(time.sleep, PAUSE))


@pytest.fixture
def few_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LIMIT", 1_000)


@pytest.mark.usefixtures("few_turns")
async def test_polling_a_thread_is_no_livelock() -> None:
    done = threading.Event()
    thread = threading.Timer(0.2, done.set)
    thread.start()
    while not done.is_set():  # noqa: ASYNC110 - what is tested
        await asyncio.sleep(0)
    thread.join()


async def test_a_child_process() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(6 * 7)", stdout=asyncio.subprocess.PIPE
    )
    assert (await child.communicate())[0].split() == [b"42"]


async def test_a_child_process_without_pipes() -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "raise SystemExit(3)")
    assert await child.wait() == 3


async def test_a_server_and_its_client() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\n")
    assert await reader.read() == b"hello\n"
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def test_a_server_with_a_client_in_a_thread() -> None:
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()

    def call() -> None:
        time.sleep(PAUSE)
        socket.create_connection((host, port)).close()

    thread = threading.Thread(target=call)
    thread.start()
    await served.wait()
    thread.join()
    server.close()
    await server.wait_closed()


async def test_a_pipe_with_a_reader() -> None:
    read, write = os.pipe()
    readable = asyncio.Event()
    here = asyncio.get_running_loop()
    here.add_reader(read, readable.set)
    thread = threading.Timer(PAUSE, os.write, (write, b"x"))
    thread.start()
    await readable.wait()
    here.remove_reader(read)
    thread.join()
    os.close(read)
    os.close(write)


async def test_a_signal_handler_of_the_loop() -> None:
    received = asyncio.Event()
    here = asyncio.get_running_loop()
    here.add_signal_handler(signal.SIGTERM, received.set)
    with sent_by_a_process(signal.SIGTERM):
        await received.wait()
    here.remove_signal_handler(signal.SIGTERM)


async def test_a_handler_of_ctrl_c() -> None:
    received = asyncio.Event()
    here = asyncio.get_running_loop()
    here.add_signal_handler(signal.SIGINT, received.set)
    with sent_by_a_process(signal.SIGINT):
        await received.wait()
    here.remove_signal_handler(signal.SIGINT)


async def test_an_alarm() -> None:
    rung = asyncio.Event()
    here = asyncio.get_running_loop()
    before = signal.signal(signal.SIGALRM, lambda *_: here.call_soon_threadsafe(rung.set))
    signal.setitimer(signal.ITIMER_REAL, PAUSE)
    await rung.wait()
    signal.signal(signal.SIGALRM, before)


async def test_an_async_generator_read_to_its_end() -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(3):
            await asyncio.sleep(1)
            yield number

    assert [number async for number in numbers()] == [0, 1, 2]


@pytest.mark.real_time
async def test_aiosqlite_in_real_time(tmp_path: Path) -> None:
    async with asyncio.timeout(30), aiosqlite.connect(tmp_path / "a.sqlite3") as db:
        await db.execute("create table t (x)")
        await db.commit()


async def test_aiosqlite_in_virtual_time_without_a_timeout(tmp_path: Path) -> None:
    async with aiosqlite.connect(tmp_path / "a.sqlite3") as db:
        await db.execute("create table t (x)")
        await db.commit()


if sys.version_info >= (3, 12):  # eager tasks came with it

    async def test_eager_tasks() -> None:
        here = asyncio.get_running_loop()
        here.set_task_factory(asyncio.eager_task_factory)

        async def twice(number: int) -> int:
            await asyncio.sleep(number)
            return 2 * number

        try:
            assert await asyncio.gather(*(twice(n) for n in range(3))) == [0, 2, 4]
            assert here.time() == 2
        finally:
            here.set_task_factory(None)

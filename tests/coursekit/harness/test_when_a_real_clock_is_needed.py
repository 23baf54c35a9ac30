"""What virtual time cannot wait for: the test fails soon, and is told of `real_time`."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiosqlite
import pytest

from coursekit.harness import Deadlock, Livelock, VirtualTimeLoop, loop
from coursekit.harness.outside import Outside

pytest_plugins = "pytester"

Run = Callable[..., pytest.RunResult]

HINT = "hint: a test that waits for it needs a real clock: mark it @pytest.mark.real_time"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a silent world sooner, and on a loop without an end after fewer turns."""
    monkeypatch.setattr(Outside, "PATIENCE", 0.5)
    monkeypatch.setattr(loop, "LIMIT", 5_000)


def test_a_timeout_beside_aiosqlite_names_its_thread_and_real_time(run: Run) -> None:
    result = run(
        """
        import asyncio, aiosqlite

        async def test_it(tmp_path):
            async with asyncio.timeout(5), aiosqlite.connect(tmp_path / "a") as db:
                await db.execute("create table t (x)")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   TimeoutError",
            "E   note: virtual time did not wait for the thread *connection* of aiosqlite.core",
            f"E   {HINT}".replace("[", "[[]"),
        ]
    )


def test_a_timeout_beside_a_child_process_or_a_socket_names_real_time(run: Run) -> None:
    result = run(
        """
        import asyncio, socket, sys

        async def test_child():
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
            )
            try:
                await asyncio.wait_for(child.wait(), 5)
            finally:
                await child.communicate(b"x")

        async def test_socket():
            with socket.create_server(("127.0.0.1", 0)) as silent:
                reader, writer = await asyncio.open_connection(*silent.getsockname())
                try:
                    await asyncio.wait_for(reader.readline(), 5)
                finally:
                    writer.close()
        """
    )
    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    note = "E   note: virtual time did not wait for an open socket, pipe or child process\n"
    assert text.count(note + f"E   {HINT}\n") == 2


def test_a_test_that_lost_nothing_to_virtual_time_gets_no_note(run: Run) -> None:
    result = run(
        """
        import asyncio, aiosqlite, pytest

        async def test_no_jump(tmp_path):
            async with aiosqlite.connect(tmp_path / "a") as db:
                assert await db.execute("select 1") is None

        async def test_nothing_outside():
            await asyncio.to_thread(int)
            await asyncio.sleep(1)
            assert False

        async def test_passes(tmp_path):
            async with aiosqlite.connect(tmp_path / "a") as db:
                await asyncio.sleep(1)

        @pytest.mark.real_time
        async def test_real_time(tmp_path):
            async with aiosqlite.connect(tmp_path / "a") as db:
                await asyncio.sleep(0.01)
                assert False
        """
    )
    result.assert_outcomes(passed=1, failed=3)
    assert "real clock" not in result.stdout.str()


def report(kind: type[BaseException], main: Callable[[], object]) -> list[str]:
    with pytest.raises(kind) as caught, asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())  # type: ignore[arg-type]
    return str(caught.value).splitlines()


@pytest.mark.usefixtures("impatient")
def test_a_deadlock_beside_an_open_database_ends_and_names_its_thread(tmp_path: Path) -> None:
    async def main() -> None:
        async with aiosqlite.connect(tmp_path / "a.sqlite3"):
            await asyncio.Event().wait()

    first, *_, outside, hint = report(Deadlock, main)
    assert first == "Deadlock: nothing woke this test in 0.5 s of real time (virtual time 0 s)"
    assert outside.startswith("  outside, and silent: the thread ")
    assert outside.endswith(" of aiosqlite.core")
    assert hint == HINT


@pytest.mark.usefixtures("impatient")
def test_a_deadlock_beside_a_thread_of_the_tests_own_ends_and_names_it() -> None:
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, name="feeder", daemon=True)

    async def main() -> None:
        thread.start()
        await asyncio.Event().wait()

    assert report(Deadlock, main)[-2] == "  outside, and silent: the thread feeder"
    gate.set()
    thread.join()


@pytest.mark.usefixtures("impatient")
def test_a_deadlock_beside_a_server_and_a_signal_handler_ends_and_names_them() -> None:
    async def main() -> None:
        here = asyncio.get_running_loop()
        here.add_signal_handler(signal.SIGUSR1, print)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            await here.sock_accept(server)

    assert report(Deadlock, main)[-2] == (
        "  outside, and silent: a handler of SIGUSR1, an open socket, pipe or child process"
    )


@pytest.mark.usefixtures("impatient")
def test_a_livelock_beside_an_open_database_ends(tmp_path: Path) -> None:
    async def main() -> None:
        async with aiosqlite.connect(tmp_path / "a.sqlite3"):
            while True:  # noqa: ASYNC110 - what is tested
                await asyncio.sleep(1)

    assert report(Livelock, main)[-1] == HINT


@pytest.mark.usefixtures("impatient")
def test_the_patience_starts_anew_with_each_sign_from_outside() -> None:
    done = threading.Event()

    async def main() -> int:
        here, ticks = asyncio.get_running_loop(), asyncio.Queue[int]()

        def tick() -> None:
            for number in range(8):
                done.wait(0.1)
                here.call_soon_threadsafe(ticks.put_nowait, number)

        thread = threading.Thread(target=tick)
        thread.start()
        while (number := await ticks.get()) < 7:
            pass
        thread.join()
        return number

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) == 7


@pytest.mark.usefixtures("impatient")
def test_work_in_an_executor_may_take_as_long_as_it_likes() -> None:
    async def main() -> str:
        gate = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, gate.wait, 0.7)
        return "done"

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) == "done"


@pytest.mark.usefixtures("impatient")
def test_a_long_computation_is_no_silence() -> None:
    async def main() -> None:
        here, readable = asyncio.get_running_loop(), asyncio.Event()
        threading.Event().wait(0.7)
        thread = threading.Timer(0.1, here.call_soon_threadsafe, [readable.set])
        thread.start()
        await readable.wait()
        thread.join()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())

"""Cells that hang, end, flood or break what runs them: a kernel shows why and goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from coursekit.grading.project import Project
from tests.coursekit.grading import sample
from tests.coursekit.grading.kernel import Kernel, wait_until

IMPORTS = """\
import asyncio, os, signal, subprocess, sys, time
import pytest
from pool import again, run_all
"""


@pytest.fixture(autouse=True)
def _next_cell_is_right(kernel: Kernel) -> Iterator[None]:
    """Run another cell after each test: the same kernel and server answer, rightly and at once."""
    pid, server = kernel.pid, kernel.server.pid
    yield
    answer = kernel.run("%%ipytest\ndef test_next():\n    assert 1 + 1 == 2\n")
    assert answer.text == "1 passed\n"
    assert answer.seconds < 2
    assert (kernel.pid, kernel.server.pid) == (pid, server)
    wait_until(lambda: kernel.server.children(recursive=True) == [])


def run(kernel: Kernel, body: str, line: str = "%%ipytest") -> str:
    answer = kernel.run(f"{line}\n{IMPORTS}{body}")
    assert answer.status == "ok"
    assert not re.search(r"/\w+/\w+|0x[0-9a-f]{6}|ipykernel", answer.text)  # nothing of a machine
    assert len(answer.text.splitlines()) < 40
    assert answer.seconds < 15
    return answer.text


def test_an_await_that_nothing_can_end_names_its_line(kernel: Kernel) -> None:
    said = run(kernel, "async def test_a():\n    await asyncio.Event().wait()\n")
    assert "Deadlock: nothing can ever wake this test" in said
    assert "cell:6" in said
    assert said.endswith("1 failed\n")


def test_an_await_that_hangs_beside_a_timer_that_comes_again_and_again(kernel: Kernel) -> None:
    said = run(
        kernel,
        """
async def test_a():
    async def tick():
        while True:
            await asyncio.sleep(1)
    task = asyncio.create_task(tick())
    await asyncio.Event().wait()
""",
    )
    assert "Livelock: this test goes on for ever" in said
    assert "cell:11" in said


def test_an_await_of_a_timer_far_away_costs_nothing(kernel: Kernel) -> None:
    assert run(kernel, "async def test_a():\n    await asyncio.sleep(10**9)\n") == "1 passed\n"


def test_a_loop_without_end_in_a_test_is_stopped_with_its_line(kernel: Kernel) -> None:
    said = run(kernel, "def test_a():\n    while True:\n        pass\n\ndef test_b(): pass\n")
    assert "still running after 3 s of processor time" in said
    assert re.search(r"test_a  cell:[67]\n", said)
    assert said.endswith("1 passed, 1 failed\n")


def test_a_loop_without_end_in_a_bug_is_caught(kernel: Kernel) -> None:
    said = run(
        kernel,
        "async def test_a():\n    assert await run_all([], 1) == []\n",
        "%%ipytest --exercise 1.2",
    )
    assert "caught   spins  by test_a: still running after 1 s of processor time" in said
    assert "2 of 2 bugs caught" in said


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("os._exit(0)", r"ended the whole process \(exit status 0\)"),
        ("os._exit(3)", r"ended the whole process \(exit status 3\)"),
        ("sys.exit(1)", "SystemExit: 1"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by signal 9"),
        ("os.kill(os.getppid(), signal.SIGKILL); time.sleep(5)", "was killed by signal 9"),
        ("os.killpg(0, signal.SIGKILL)", "was killed by signal 9"),
        ("os.abort()", "was killed by signal 6"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("pytest.exit('enough')", "enough"),
        ("os.closerange(0, 256)", ""),
        ("os.close(1); os.close(2)", ""),
        ("__import__('ctypes').string_at(0)", "was killed by signal 11"),
    ],
)
def test_a_test_that_ends_its_process_fails(kernel: Kernel, end: str, reason: str) -> None:
    said = run(kernel, f"def test_a():\n    {end}\n    assert 0\n")
    assert re.search(reason, said)
    assert said.endswith("1 failed\n")


@pytest.mark.parametrize("end", ["os._exit(0)", "os.killpg(0, signal.SIGKILL)"])
def test_a_graded_test_that_ends_its_process_fails(kernel: Kernel, end: str) -> None:
    said = run(kernel, f"def test_a():\n    {end}\n", "%%ipytest --exercise 1.1")
    assert "test_a fails on the worker as it is" in said


def test_the_tests_after_one_that_ended_its_process_still_run(kernel: Kernel) -> None:
    said = run(kernel, "def test_a(): pass\ndef test_b(): os._exit(1)\ndef test_c(): pass\n")
    assert "test_b" in said
    assert said.endswith("2 passed, 1 failed\n")


@pytest.mark.parametrize(
    ("top", "reason"),
    [
        ("sys.exit(1)", "SystemExit: 1"),
        ("os._exit(3)", "ended the whole process (exit status 3)"),
        ("1 / 0", "cell:6 in <module>"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_what_goes_wrong_at_the_top_of_a_cell_is_told_apart(
    kernel: Kernel, top: str, reason: str
) -> None:
    for line in ("%%ipytest", "%%ipytest --exercise 1.1"):
        said = run(kernel, f"\n{top}\ndef test_a(): assert 0\n", line)
        assert "the cell fails before its first test" in said
        assert reason in said


def test_a_loop_without_end_at_the_top_of_a_cell_is_stopped(kernel: Kernel) -> None:
    said = run(kernel, "while True: pass\ndef test_a(): assert 0\n")
    assert "the cell fails before its first test" in said
    assert "still running after 3 s of processor time" in said


def test_a_syntax_error_is_shown_and_nothing_runs(kernel: Kernel) -> None:
    said = run(kernel, "def test_a(:\n    pass\n", "%%ipytest --exercise 1.1")
    assert said.startswith("cell:5: invalid syntax\n    def test_a(:\n")
    assert "no test ran" in said


def test_a_name_from_an_earlier_cell_works(kernel: Kernel) -> None:
    kernel.run("import math\nLIMIT = 2\n\ndef half(n):\n    return math.floor(n / LIMIT)\n")
    kernel.run("%%ipytest\nimport pytest\n\n@pytest.fixture\ndef five():\n    return 5\n")
    assert run(kernel, "def test_a(five):\n    assert half(five) == LIMIT\n") == "1 passed\n"


def test_a_live_object_from_an_earlier_cell_is_named(kernel: Kernel) -> None:
    kernel.run("import asyncio\nqueue = asyncio.Queue()\n")
    said = run(kernel, "def test_a():\n    assert queue.empty()\n")
    assert said.startswith("Your tests use `queue` from another cell, and that is a live object")


def test_no_assertion_at_all_is_named(kernel: Kernel) -> None:
    said = run(
        kernel, "async def test_a():\n    await run_all([], 1)\n", "%%ipytest --exercise 1.1"
    )
    assert "test_a has no assert" in said


def test_a_flaky_test_gets_no_grade(kernel: Kernel, tmp_path: Path) -> None:
    kernel.run(f"COUNT = {str(tmp_path / 'count')!r}\n")
    body = """
def test_a():
    with open(COUNT, "a+") as file:
        file.write(".")
        runs = file.tell()
    assert runs % 2
"""
    said = run(kernel, body, "%%ipytest --exercise 1.1")
    assert "test_a does not give the same result twice" in said


def test_a_test_that_needs_a_given_order_gets_no_grade(kernel: Kernel) -> None:
    body = "seen = []\ndef test_a(): seen.append(1)\ndef test_b(): assert seen\n"
    said = run(kernel, body, "%%ipytest --exercise 1.1")
    assert "test_b passes only after the tests before it" in said


def test_two_graded_cells_queued_at_once_are_both_right(kernel: Kernel) -> None:
    first = kernel.send("%%ipytest --exercise 1.1\n" + sample.FOUR_TESTS)
    second = kernel.send(f"%%ipytest --exercise 1.1\n{IMPORTS}def test_a(): assert run_all\n")
    assert "6 of 6 bugs caught" in kernel.answer(first).text
    assert "0 of 6 bugs caught" in kernel.answer(second).text


def test_text_that_is_not_ascii_is_shown_as_it_is(kernel: Kernel) -> None:
    said = run(
        kernel,
        'def test_größe_名前():\n    print("gedruckt: žluťoučký 🐎")\n    assert "Öl 🛢" == "Ōl"\n',
    )
    assert "test_größe_名前  cell:7" in said
    assert "gedruckt: žluťoučký 🐎" in said
    assert "'Öl 🛢' == 'Ōl'" in said


def test_fifty_megabytes_of_print_are_cut_to_the_last_lines(kernel: Kernel) -> None:
    said = run(
        kernel,
        "def test_a():\n    for n in range(500_000):\n        print('x' * 99)\n"
        "    print('the end')\n    assert 0\n",
    )
    assert "the end" in said
    assert len(said) < 3000


def test_one_line_of_fifty_megabytes_is_cut_too(kernel: Kernel) -> None:
    said = run(
        kernel,
        "def test_a():\n    print('x' * 50_000_000)\n    raise ValueError('y' * 50_000_000)\n",
    )
    assert len(said) < 3000


PROCESSES = """
def test_a():
    code = "import time; time.sleep(600)"
    for n in range(50):
        own = n % 3 == 0
        subprocess.Popen([sys.executable, "-S", "-c", code, "MARK"], start_new_session=own)
    for n in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
    assert not run_all
"""


def test_fifty_processes_some_in_sessions_of_their_own_are_gone_with_the_verdict(
    kernel: Kernel, project: Project
) -> None:
    mark = f"mark-{project.root}"
    answer = kernel.run(f"%%ipytest\n{IMPORTS}{PROCESSES.replace('MARK', mark)}")
    forks = f"{project.root} {kernel.pid} "  # the server's own arguments, which forks keep
    left = [pid for pid in psutil.pids() if mark in _command(pid) or forks in _command(pid)]
    assert "1 failed" in answer.text
    assert left == [kernel.server.pid]


def _command(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""


def test_processes_without_end_are_stopped_at_a_limit(kernel: Kernel) -> None:
    said = run(
        kernel,
        """
def test_a():
    while True:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        time.sleep(0.001)
""",
    )
    assert "starts more than 120 processes" in said


@pytest.mark.parametrize("line", ["%%ipytest", "%%ipytest --exercise 1.1"])
def test_memory_without_end_is_stopped_at_a_limit(kernel: Kernel, line: str) -> None:
    said = run(
        kernel,
        "def test_a():\n    held = []\n    while True:\n        held.append(bytearray(1 << 24))\n",
        line,
    )
    assert "memory" in said
    assert "cell:8" in said


def test_memory_of_many_processes_together_is_stopped_at_a_limit(kernel: Kernel) -> None:
    said = run(
        kernel,
        """
def test_a():
    for _ in range(5):
        if os.fork() == 0:
            held = bytearray(b"x" * (200 << 20))
            time.sleep(600)
    time.sleep(15)
""",
    )
    assert "takes more than 768 MiB of memory" in said


def test_a_file_without_end_is_stopped_at_a_limit(kernel: Kernel) -> None:
    said = run(
        kernel,
        "def test_a():\n    with open('f', 'wb') as file:\n        file.truncate(1 << 40)\n",
    )
    assert "1 failed" in said


def test_all_kinds_of_tests_and_fixtures_work(kernel: Kernel) -> None:
    said = run(
        kernel,
        """
closed = []

@pytest.fixture
async def pool():
    yield [1]
    await asyncio.sleep(1)
    closed.append(True)

@pytest.fixture(scope="module")
def size():
    yield 3

@pytest.mark.parametrize("n", [1, 2, pytest.param(3, id="three")])
async def test_parametrized(n, four):
    assert n < four

class TestPool:
    async def test_method(self, pool, size):
        assert pool == [1] and size == 3

    def test_sync(self, tmp_path, monkeypatch, capsys):
        print("said")
        assert capsys.readouterr().out == "said\\n"

@pytest.mark.skip(reason="not now")
def test_skipped(): ...

@pytest.mark.xfail(reason="known")
def test_expected(): assert 0

@pytest.mark.real_time
async def test_in_real_time():
    await asyncio.sleep(0.01)

def test_closed_last():
    assert closed == [True]
""",
    )
    assert said == "7 passed, 1 skipped, 1 failed as expected\n"


def test_a_fixture_that_does_not_exist_is_named(kernel: Kernel) -> None:
    said = run(kernel, "def test_a(no_such_fixture): assert 0\n")
    assert "fixture 'no_such_fixture' not found" in said


def test_a_thread_that_never_ends_does_not_outlive_the_run(kernel: Kernel) -> None:
    body = """
from threading import Thread

def test_a():
    Thread(target=time.sleep, args=(600,)).start()
"""
    assert run(kernel, body) == "1 passed\n"


def test_standard_input_is_empty(kernel: Kernel) -> None:
    body = """
def test_a():
    assert os.read(0, 9) == b""
    with pytest.raises((EOFError, OSError)):
        input()
"""
    assert run(kernel, body) == "1 passed\n"


def test_a_test_may_leave_a_folder_that_it_may_not_write_to(kernel: Kernel) -> None:
    body = """
def test_a():
    os.mkdir('locked')
    open('locked/f', 'w').close()
    os.chmod('locked', 0)
"""
    assert run(kernel, body) == "1 passed\n"
    (folder,) = kernel.left_over()
    wait_until(lambda: list(folder.iterdir()) == [])


def test_a_test_that_removes_its_folder_and_changes_the_current_one(kernel: Kernel) -> None:
    body = """
import shutil

def test_a():
    shutil.rmtree(os.getcwd())

def test_b():
    os.chdir('/')
"""
    assert run(kernel, body) == "2 passed\n"


def test_a_test_that_spoils_what_pytest_uses(kernel: Kernel) -> None:
    body = "def test_a():\n    sys.modules.clear()\n    sys.stdout = None\n    os.environ.clear()\n"
    said = run(kernel, body + "    assert 0\n")
    assert "test_a" in said

"""The harness in a learner's own repository, and in a notebook's kernel."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coursekit.harness import Deadlock, VirtualTimeLoop

ROOT = Path(__file__).parents[3]

SERVICE = """
import asyncio

class Mailer:
    def __init__(self):
        self.sent = []
        self._letters = asyncio.Queue()

    def post(self, letter):
        self._letters.put_nowait(letter)

    async def run(self):
        while True:
            letter = await self._letters.get()
            await asyncio.sleep(3600)
            self.sent.append(letter)
"""

TESTS = """
import asyncio, time, pytest
from coursekit.harness import VirtualTimeLoop, settle
from mailer import Mailer

pytestmark = pytest.mark.asyncio

@pytest.fixture
def mailer():
    return Mailer()

async def test_it_sends_in_an_hour(mailer):
    running = asyncio.create_task(mailer.run())
    mailer.post("hello")
    await settle()
    assert mailer.sent == []
    await asyncio.sleep(3600.5)
    assert mailer.sent == ["hello"]
    running.cancel()
    await asyncio.wait([running])

async def test_it_is_left_running(mailer):
    running = asyncio.create_task(mailer.run())
    await settle()

async def test_it_waits_for_ever(mailer):
    await mailer.run()

@pytest.mark.real_time
async def test_a_real_clock():
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
"""


def line_number(source: str, part: str) -> int:
    return source[: source.index(part)].count("\n") + 1


def test_a_copied_conftest_is_all_that_a_repository_of_ones_own_needs(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "mailer.py").write_text(SERVICE)
    (tmp_path / "tests" / "test_mailer.py").write_text(TESTS)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    options = ["--tb=short", "--schedule=3", "-p", "no:cacheprovider"]
    # nbval and nbmake take seconds to import, and have no part in this.
    options += ["-p", "no:nbval", "-p", "no:coursekit-nbval", "-p", "no:nbmake"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"rootdir: {tmp_path}" in done.stdout, done.stdout + done.stderr
    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    getting = "letter = await self._letters.get()"
    line = f"mailer.py:{line_number(SERVICE, getting)} in run: {getting}\n"
    test_line = line_number(TESTS, "    await mailer.run()")
    assert (
        "a task was left running when the test ended\n"
        f"  run: {line}"
        "    waits in Queue.get\n" in done.stdout
    )
    assert (
        "Deadlock: nothing can ever wake this test (virtual time 0 s)\n"
        f"  main task: test_mailer.py:{test_line} in test_it_waits_for_ever: await mailer.run()\n"
        f"    -> {line}"
        "    waits in Queue.get\n" in done.stdout
    )


def test_a_notebook_that_imports_it_does_not_import_pytest() -> None:
    command = "import sys, coursekit.harness; sys.exit('pytest' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)


def test_a_cell_is_called_cell_in_a_report() -> None:
    source = "async def wait(event):\n    await event.wait()\n"
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, "/somewhere/ipykernel_123/456789.py", "exec"), names)
    wait = names["wait"]

    with (
        pytest.raises(Deadlock, match=r"main task: cell:2 in wait\n"),
        asyncio.Runner(loop_factory=VirtualTimeLoop) as runner,
    ):
        runner.run(wait(asyncio.Event()))  # type: ignore[operator]


def test_the_loop_serves_in_another_thread_beside_a_running_loop() -> None:
    """As it must in a kernel, whose own loop runs in the main thread."""
    found: list[object] = []

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                runner.run(asyncio.sleep(3600))
                found.append(runner.get_loop().time())
                runner.run(asyncio.Event().wait())
        except Deadlock as deadlock:
            found.append(str(deadlock).partition("\n")[0])

    async def kernel() -> None:
        await asyncio.wait_for(asyncio.to_thread(work), 30)

    asyncio.run(kernel())
    assert found == [3600.0, "Deadlock: nothing can ever wake this test (virtual time 3600 s)"]

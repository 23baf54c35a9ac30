"""Interrupts, restarts, kills: a kernel that lives goes on, and one that ends leaves nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.coursekit.grading import sample
from tests.coursekit.grading.conftest import Start
from tests.coursekit.grading.kernel import Kernel, wait_until

SLEEPS = "%%ipytest\nimport time\ndef test_a():\n    time.sleep(600)\n"
SPINS = "%%ipytest --exercise 1.1\ndef test_a():\n    while True: pass\n"
GRADED = "%%ipytest --exercise 1.1\n" + sample.FOUR_TESTS
PLAIN = "%%ipytest\ndef test_next(): pass\n"


def family(kernel: Kernel) -> list[psutil.Process]:
    """The kernel, its server and all that run."""
    return [psutil.Process(kernel.pid), *psutil.Process(kernel.pid).children(recursive=True)]


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


def runs_tests(kernel: Kernel) -> bool:
    return len(kernel.server.children(recursive=True)) >= 2


def test_loading_shows_one_line_and_loading_again_changes_nothing(kernel: Kernel) -> None:
    assert len(kernel.loaded.text.splitlines()) == 1
    server = kernel.server.pid
    again = kernel.run("%load_ext coursekit")
    assert again.status == "ok"
    assert kernel.server.pid == server
    reloaded = kernel.run("%reload_ext coursekit")
    assert reloaded.text == kernel.loaded.text
    wait_until(lambda: len(family(kernel)) == 2)  # still one server
    assert kernel.run(PLAIN).text == "1 passed\n"


@pytest.mark.parametrize("cell", [SLEEPS, SPINS, GRADED], ids=["sleeps", "spins", "graded"])
def test_an_interrupt_stops_the_tests_and_the_next_cell_runs(kernel: Kernel, cell: str) -> None:
    kernel.run(PLAIN)
    sent = kernel.send(cell)
    wait_until(lambda: runs_tests(kernel))
    running = kernel.server.children(recursive=True)
    kernel.interrupt()
    answer = kernel.answer(sent)
    assert answer.text == "Interrupted. The tests were stopped; the next cell runs as usual."
    assert answer.status == "error"
    assert all_gone(running)
    assert kernel.run(PLAIN).text == "1 passed\n"
    assert "6 of 6" in kernel.run(GRADED).text


def test_a_second_interrupt_changes_nothing(kernel: Kernel) -> None:
    kernel.run(PLAIN)
    sent = kernel.send(SLEEPS)
    wait_until(lambda: runs_tests(kernel))
    server = kernel.server
    server.suspend()  # so that the tests cannot have ended when the second one comes
    kernel.interrupt()
    wait_until(lambda: not kernel.has_a_signal_pending())
    kernel.interrupt()
    server.resume()
    assert "Interrupted." in kernel.answer(sent).text
    assert kernel.run(PLAIN).text == "1 passed\n"
    kernel.interrupt()  # while nothing runs
    assert kernel.run(PLAIN).text == "1 passed\n"


def test_an_interrupt_ends_a_test_that_ignores_it(kernel: Kernel) -> None:
    kernel.run(PLAIN)
    sent = kernel.send(
        "%%ipytest\nimport signal, time\ndef test_a():\n"
        "    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "        signal.signal(number, signal.SIG_IGN)\n"
        "    time.sleep(600)\n"
    )
    wait_until(lambda: runs_tests(kernel))
    kernel.interrupt()
    assert "Interrupted." in kernel.answer(sent).text
    assert kernel.run(PLAIN).text == "1 passed\n"


def test_a_restart_leaves_neither_process_nor_file(start_kernel: Start) -> None:
    kernel = start_kernel()
    kernel.run(PLAIN)
    kernel.send(SLEEPS)
    wait_until(lambda: runs_tests(kernel))
    before = family(kernel)
    files = kernel.left_over()
    assert files
    kernel.restart()
    wait_until(lambda: all_gone(before))
    wait_until(lambda: not set(files) & set(kernel.left_over()))
    assert kernel.run(PLAIN).text == "1 passed\n"


def test_a_killed_kernel_leaves_neither_process_nor_file(start_kernel: Start) -> None:
    kernel = start_kernel()
    kernel.run(PLAIN)
    kernel.send(SLEEPS)
    wait_until(lambda: runs_tests(kernel))
    before = family(kernel)
    os.kill(kernel.pid, signal.SIGKILL)
    wait_until(lambda: all_gone(before))
    wait_until(lambda: kernel.left_over() == [])


def test_a_server_that_is_terminated_takes_its_files_along(kernel: Kernel) -> None:
    kernel.run(PLAIN)
    assert kernel.left_over()
    kernel.server.terminate()
    wait_until(lambda: kernel.left_over() == [])


def test_what_a_killed_server_left_is_swept_by_the_next(kernel: Kernel) -> None:
    kernel.run(PLAIN)
    left = kernel.left_over()
    kernel.server.kill()
    assert "started again" in kernel.run(PLAIN).text
    wait_until(lambda: not set(left) & set(kernel.left_over()))
    assert len(kernel.left_over()) == 1


@pytest.mark.parametrize("cell", [SLEEPS.replace("600", "1"), GRADED], ids=["plain", "graded"])
def test_a_server_killed_in_the_middle_comes_back_once_and_says_so(
    kernel: Kernel, cell: str
) -> None:
    kernel.run(PLAIN)
    sent = kernel.send(cell)
    wait_until(lambda: runs_tests(kernel))
    server = kernel.server.pid
    os.kill(server, signal.SIGKILL)
    said = kernel.answer(sent).text
    assert said.count("The process that runs the tests had been killed; it was started again.") == 1
    assert "1 passed" in said or "6 of 6 bugs caught" in said
    assert kernel.server.pid != server
    assert kernel.run(PLAIN).text == "1 passed\n"


def test_what_a_killed_server_ran_is_gone_with_it(kernel: Kernel) -> None:
    sent = kernel.send(SLEEPS)
    wait_until(lambda: runs_tests(kernel))
    running = kernel.server.children(recursive=True)
    kernel.server.kill()
    wait_until(lambda: all_gone(running), seconds=2)
    kernel.interrupt()
    assert "Interrupted." in kernel.answer(sent).text


def test_tests_that_kill_the_server_each_time_are_told_so(kernel: Kernel) -> None:
    kernel.run(PLAIN)
    answer = kernel.run(
        "%%ipytest\nimport os, signal, time\nimport psutil\ndef test_a():\n"
        "    psutil.Process().parent().parent().kill()\n    time.sleep(5)\n"
    )
    assert "was killed twice while it ran these" in answer.text
    assert kernel.run(PLAIN).text == "1 passed\n"


def test_four_kernels_at_once_are_all_right_and_keep_apart(start_kernel: Start) -> None:
    kernels = [start_kernel() for _ in range(4)]
    sent = [(kernel, kernel.send(GRADED)) for kernel in kernels]
    assert all("6 of 6 bugs caught" in kernel.answer(message).text for kernel, message in sent)
    kernels[0].server.kill()
    assert all(kernel.run(PLAIN).text == "1 passed\n" for kernel in kernels[1:])
    assert len(kernels[1].left_over()) == 4  # one each; the killed one's is not yet swept


def test_a_folder_that_nobody_may_write_to_runs_tests_all_the_same(tmp_path: Path) -> None:
    project = sample.write(tmp_path / "project")
    for folder in (project, *project.rglob("*/")):
        folder.chmod(0o555)
    before = sorted(project.rglob("*"))
    kernel = Kernel(project / "notebooks", tmp_path / "tmp")
    try:
        assert "6 of 6 bugs caught" in kernel.run(GRADED).text
        assert sorted(project.rglob("*")) == before
    finally:
        kernel.close()
        for folder in (project, *project.rglob("*/")):
            folder.chmod(0o755)


def test_a_folder_without_a_project_runs_plain_tests_and_says_what_grading_needs(
    tmp_path: Path,
) -> None:
    (tmp_path / "empty").mkdir()
    kernel = Kernel(tmp_path / "empty", tmp_path / "tmp")
    try:
        virtual = "%%ipytest\nimport asyncio\nasync def test_a():\n    await asyncio.sleep(3600)\n"
        assert kernel.run(virtual).text == "1 passed\n"
        said = kernel.run(GRADED).text
        assert said.startswith("no folder of mutants at mutants/.")
        assert "pyproject.toml" in said
    finally:
        kernel.close()

"""`pytest --exercise ID FILE`: the same verdict in a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from coursekit.grading.project import Project
from tests.coursekit.grading import sample

# Loading every installed plugin would take a second each time.
NO_OTHERS = ("--disable-plugin-autoload", "-p", "pytest_asyncio.plugin")
OURS = (*NO_OTHERS, "-p", "coursekit.grading.plugin")


def run(
    folder: Path, *arguments: str, plugins: tuple[str, ...] = OURS
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugins, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def file(project: Project, tmp_path: Path) -> Path:
    folder = project.root / "mine"
    folder.mkdir(exist_ok=True)
    return folder / "test_mine.py"


def test_a_file_that_catches_every_bug_leaves_with_0(file: Path) -> None:
    file.write_text(sample.FOUR_TESTS)
    done = run(file.parent, "--exercise", "1.1", file.name, plugins=())
    assert done.stdout.startswith("Exercise 1.1: 4 tests pass on the worker")
    assert done.stdout.endswith("6 of 6 bugs caught\n")
    assert done.returncode == 0


def test_a_file_that_does_not_leaves_with_1_and_names_its_own_lines(file: Path) -> None:
    file.write_text("import pool\n\n\ndef test_a():\n    assert pool is None\n")
    done = run(file.parent.parent, "--exercise", "1.1", "mine/test_mine.py")
    assert "test_a  test_mine.py:5" in done.stdout
    assert done.returncode == 1


def test_a_file_outside_the_course_is_graded_from_the_course(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "test_mine.py").write_text("import pool\n\n\ndef test_a():\n    assert pool\n")
    done = run(project.root, "--exercise", "1.2", str(tmp_path / "test_mine.py"))
    assert done.stdout.endswith("0 of 2 bugs caught\n")


def test_reveal_shows_the_change(file: Path) -> None:
    file.write_text("import pool\n\n\ndef test_a():\n    assert pool\n")
    done = run(file.parent, "--exercise", "1.2", "--reveal", "hangs", file.name)
    assert "| +    await asyncio.Event().wait()" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exercise", "9.9", "test_mine.py"], "there is no exercise '9.9'. There are: 1.1, 1.2"),
        (["--exercise", "1.1"], "--exercise grades one file"),
        (["--exercise", "1.1", "no_such.py"], "--exercise grades one file"),
        (["--reveal", "hangs", "test_mine.py"], "--reveal goes with --exercise ID"),
        (["--exercise", "1.2", "--reveal", "x", "test_mine.py"], "there is no bug 'x'"),
    ],
)
def test_a_mistake_is_one_clear_line(file: Path, arguments: list[str], message: str) -> None:
    file.write_text("import pool\n\n\ndef test_a():\n    assert pool\n")
    done = run(file.parent, *arguments)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 4


def test_a_file_that_python_cannot_read_is_shown_with_its_line(file: Path) -> None:
    file.write_text("def test_a(:\n    pass\n")
    done = run(file.parent, "--exercise", "1.1", file.name)
    assert "test_mine.py:1: invalid syntax" in done.stderr
    assert done.returncode == 4


def test_without_the_option_pytest_runs_as_ever(file: Path) -> None:
    file.write_text("async def test_a(four):\n    assert four == 4\n")
    done = run(file.parent, "-q", file.name)
    assert "1 passed" in done.stdout
    assert done.returncode == 0

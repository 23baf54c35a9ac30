"""What is remembered of a learner's verdicts, and how it is shown."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_server.services.sessions.sessionmanager import SessionManager

from coursekit.__main__ import main
from coursekit.notebooks.learner import is_learner_session
from coursekit.notebooks.progress import Reached, Result, read, record
from coursekit.notebooks.progress_table import table
from tests.coursekit.notebooks.small_notebooks import Writer, code, starter, text

FILE = ".progress.sqlite3"


@pytest.fixture
def learner(course: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course that a learner has open in JupyterLab."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(course / "notebooks/02_tasks.ipynb"))
    return course


def test_the_best_and_the_latest_verdict_are_kept(learner: Path) -> None:
    for caught, solved in [(1, False), (4, True), (2, False)]:
        record(learner, "2.3", caught, 4, solved)
    record(learner, "2.4", 0, 3, solved=False)
    assert read(learner) == {
        "2.3": Reached(latest=Result(2, 4, solved=False), best=Result(4, 4, solved=True)),
        "2.4": Reached(latest=Result(0, 3, solved=False), best=Result(0, 3, solved=False)),
    }


def test_a_best_against_another_number_of_bugs_is_forgotten(learner: Path) -> None:
    record(learner, "2.3", 4, 4, solved=True)
    record(learner, "2.3", 4, 5, solved=False)
    assert read(learner)["2.3"].best == Result(4, 5, solved=False)


@pytest.mark.parametrize(
    ("session", "learning"),
    [
        ("/home/me/course/notebooks/02_tasks.ipynb", True),
        ("notebooks/02_tasks.ipynb", True),
        ("/home/me/solutions/course/notebooks/02_tasks.ipynb", True),
        ("/home/me/course/solutions/02_tasks.ipynb", False),
        ("/home/me/course/solutions/", False),
        (None, False),
        ("", False),
    ],
)
def test_only_a_notebook_open_in_jupyter_and_not_a_solution_is_a_learners(
    session: str | None, learning: bool, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if session is not None:
        monkeypatch.setenv("JPY_SESSION_NAME", session)
    assert is_learner_session() is learning
    record(course, "2.3", 4, 4, solved=True)
    assert (course / FILE).exists() is learning


def test_jupyters_server_still_tells_the_kernel_which_notebook_it_runs(tmp_path: Path) -> None:
    class Kernels:
        def cwd_for_path(self, path: str) -> str:
            return str((tmp_path / path).parent)

    class Sessions(SessionManager):
        def __init__(self) -> None:
            """Only the part under test: no database, no kernels."""

        kernel_manager = Kernels()

    variables = Sessions().get_kernel_env("course/solutions/02.ipynb", "02.ipynb")  # type: ignore[arg-type]
    assert variables["JPY_SESSION_NAME"] == str(tmp_path / "course/solutions/02.ipynb")


def test_two_kernels_at_once_lose_nothing_and_leave_no_other_file(learner: Path) -> None:
    kernel = (
        "import sys; from pathlib import Path; from coursekit.notebooks.progress import record\n"
        "for n in range(25): record(Path('.'), f'{sys.argv[1]}.{n}', n, 50, False); "
        "record(Path('.'), 'both', n, 50, False)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", kernel, name], stdout=subprocess.PIPE, text=True)
        for name in ("1", "2")
    ]
    assert [process.communicate()[0] for process in running] == ["", ""]
    reached = read(learner)
    assert len(reached) == 51
    assert reached["both"].best.caught == 24
    assert [path.name for path in learner.iterdir() if path.is_file()] == [FILE]


def test_what_cannot_be_saved_is_one_line_and_no_error(
    learner: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (learner / FILE).write_text("this was never a database, whatever its name says")
    record(learner, "2.3", 1, 4, solved=False)
    assert capsys.readouterr().out == (
        "(Your progress was not saved in .progress.sqlite3: file is not a database.)\n"
    )
    assert table(learner, recorded=True).problems == (
        ".progress.sqlite3 cannot be read (file is not a database). Delete it to start anew.",
    )


def test_a_course_in_a_read_only_folder_keeps_progress_with_the_users_data(
    learner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, _mode: path != learner)
    record(learner, "2.3", 1, 4, solved=False)
    assert read(learner)["2.3"].latest.caught == 1
    assert not (learner / FILE).exists()
    assert list(tmp_path.rglob(f"asyncio-testing-course/{FILE}"))


def test_another_file_can_be_named(
    learner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "a ? # folder" / "mine.db"
    monkeypatch.setenv("COURSEKIT_PROGRESS", str(named))
    record(learner, "2.3", 1, 4, solved=False)
    assert read(learner)["2.3"].latest.caught == 1
    assert named.exists()


def test_reading_makes_no_file(learner: Path) -> None:
    assert read(learner) == {}
    assert not (learner / FILE).exists()


def test_a_file_of_a_locked_course_is_waited_for_only_so_long(
    learner: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(learner, "2.3", 1, 4, solved=False)
    monkeypatch.setattr("coursekit.notebooks.progress.LOCK_WAIT", 0.0)
    other = sqlite3.connect(learner / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    record(learner, "2.3", 2, 4, solved=False)
    other.close()
    assert "database is locked" in capsys.readouterr().out
    assert read(learner)["2.3"].latest.caught == 1


def a_course(write: Writer) -> None:
    write(
        "notebooks/00_start_here",
        text("# Start\n\n### Exercise 0.1 · A test & its <worth> · 5 min\n\nWrite one."),
        starter("0.1"),
        starter("0.1"),
        code("%%ipytest\n# no exercise"),
    )
    write(
        "notebooks/02_tasks",
        text("### Exercise 2.1 · Overlap · 12 min"),
        starter("2.1"),
        text("### Exercise 2.3 · Prove the limit · 8 min"),
        starter("2.3"),
        code("%%ipytest --exercise=2.4\n"),
    )


def test_the_table_shows_every_exercise_with_its_bar_and_its_words(
    learner: Path, write: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    a_course(write)
    record(learner, "0.1", 2, 2, solved=True)
    for caught in (3, 1):
        record(learner, "2.1", caught, 4, solved=False)
    record(learner, "2.3", 1, 40, solved=False)
    assert main(["progress"]) == 0
    assert (
        capsys.readouterr().out
        == """\
1 of 4 exercises solved, about 20 minutes to go

00_start_here
  0.1   A test & its <worth>    5 min  ██████████  solved

02_tasks
  2.1   Overlap                12 min  ███████░░░  3 of 4 caught, last time 1 of 4
  2.3   Prove the limit         8 min  █░░░░░░░░░  1 of 40 caught
  2.4                                  ░░░░░░░░░░  not tried yet
"""
    )


def test_the_html_form_says_the_same_in_words_and_escapes_titles(
    learner: Path, write: Writer
) -> None:
    a_course(write)
    record(learner, "2.1", 3, 4, solved=False)
    html = table(learner, recorded=True)._repr_html_()
    assert "0 of 4 exercises solved, about 25 minutes to go" in html
    assert "A test &amp; its &lt;worth&gt;" in html
    assert "width:75%" in html
    assert html.count("not tried yet") == 3
    assert "3 of 4 caught" in html


def test_a_damaged_notebook_does_not_hide_the_others(learner: Path, write: Writer) -> None:
    a_course(write)
    (learner / "notebooks/01_functions.ipynb").write_text("{")
    shown = str(table(learner, recorded=True))
    assert "Prove the limit" in shown
    assert "\n01_functions.ipynb is damaged" in shown


def test_the_magic_shows_both_forms_and_a_tool_sees_an_untouched_course(
    learner: Path, write: Writer
) -> None:
    a_course(write)
    record(learner, "2.1", 3, 4, solved=False)
    register = "from coursekit.notebooks.progress import register\nregister(get_ipython())"
    path = write("solutions/00_start_here", code(register), code("%progress"))
    assert main(["execute", str(path)]) == 0
    (shown,) = json.loads(path.read_text())["cells"][1]["outputs"]
    assert sorted(shown["data"]) == ["text/html", "text/plain"]
    assert shown["data"]["text/plain"][0].startswith("0 of 4 exercises solved")

"""`python -m coursekit reset`: the starter comes back and nothing is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from nbformat import v4

from coursekit.__main__ import main
from tests.coursekit.notebooks.small_notebooks import Writer, code, starter, text

MINE = "%%ipytest --exercise 2.3 --schedule 11\n\ndef test_mine():\n    assert 'ä'"


@pytest.fixture
def tasks(write: Writer) -> Path:
    """A notebook with exercises 2.1 and 2.3; the second one is attempted, with an output."""
    attempted = starter("2.3")
    attempted.source, attempted.execution_count = MINE, 9
    attempted.outputs = [v4.new_output("stream", text="1 of 4 bugs caught")]
    before = code("print(1)")
    before.execution_count, before.outputs = 8, [v4.new_output("stream", text="1")]
    return write(
        "notebooks/02_tasks",
        text("### Exercise 2.1 · Overlap · 5 min"),
        starter("2.1"),
        text("### Exercise 2.3 · Prove the limit · 8 min"),
        before,
        attempted,
        text("The end"),
    )


def cells(path: Path) -> list[dict[str, Any]]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert isinstance(found, list)
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


@pytest.mark.parametrize("target", ["2.3", "02_tasks", "notebooks/02_tasks.ipynb", "all"])
def test_the_starter_comes_back_and_the_old_cell_stays_where_nothing_runs_it(
    tasks: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = cells(tasks)
    assert main(["reset", target]) == 0
    after = cells(tasks)
    assert after[4]["source"] == "%%ipytest --exercise 2.3\n\n# TODO"
    assert (after[4]["outputs"], after[4]["execution_count"]) == ([], None)
    assert after[4]["id"] == before[4]["id"]
    assert after[5]["cell_type"] == "raw"
    first, _, kept = after[5]["source"].partition("\n\n")
    assert re.fullmatch(
        r"What stood in exercise 2\.3 before the reset of \d\d \w+ \d{4}, \d\d:\d\d\. "
        r"Nothing runs this cell\.",
        first,
    )
    assert kept == MINE
    assert after[:4] + after[6:] == before[:4] + before[5:]
    out = capsys.readouterr().out
    assert "notebooks/02_tasks.ipynb: exercise 2.3 is back at its starter." in out
    assert (
        "If 02_tasks.ipynb is open in JupyterLab, choose File > Reload Notebook from Disk." in out
    )


def test_an_exercise_at_its_starter_changes_nothing_and_is_said_so(
    tasks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, stamp = tasks.read_bytes(), tasks.stat().st_mtime_ns
    assert main(["reset", "2.1"]) == 0
    assert (tasks.read_bytes(), tasks.stat().st_mtime_ns) == (before, stamp)
    out = capsys.readouterr().out
    assert out == "notebooks/02_tasks.ipynb: exercise 2.1 stands at its starter.\nNothing to do.\n"


def test_a_second_attempt_is_kept_beside_the_first(tasks: Path) -> None:
    for attempt in ("first", "second"):
        notebook = json.loads(tasks.read_text())
        notebook["cells"][4]["source"] = f"%%ipytest --exercise 2.3\n# {attempt}"
        tasks.write_text(json.dumps(notebook))
        assert main(["reset", "2.3"]) == 0
    raw = [cell for cell in cells(tasks) if cell["cell_type"] == "raw"]
    assert [cell["source"].splitlines()[-1] for cell in raw] == ["# second", "# first"]
    assert len({cell["id"] for cell in cells(tasks)}) == 8


def test_a_cell_whose_magic_line_was_deleted_is_still_found(tasks: Path) -> None:
    notebook = json.loads(tasks.read_text())
    notebook["cells"][4]["source"] = ""
    tasks.write_text(json.dumps(notebook))
    assert main(["reset", "2.3"]) == 0
    assert cells(tasks)[4]["source"] == "%%ipytest --exercise 2.3\n\n# TODO"
    assert cells(tasks)[5]["source"] == "The end"


def test_it_works_from_any_folder_of_the_course_and_through_a_link(
    tasks: Path, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = course / "coursekit/notebooks/deep"
    deep.mkdir(parents=True)
    real = course / "elsewhere.ipynb"
    tasks.rename(real)
    tasks.symlink_to(real)
    real.chmod(0o640)
    monkeypatch.chdir(deep)
    assert main(["reset", "2.3"]) == 0
    assert tasks.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(cells(real)) == 7
    assert not list((course / "notebooks").glob(".*"))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("9.9", "There is no exercise 9.9. There are: 2.1, 2.3."),
        ("08_more", "'08_more' is neither an exercise nor a notebook. Exercises look like 2.3; "),
    ],
)
def test_a_target_that_the_course_does_not_have_is_answered_with_those_it_has(
    tasks: Path, target: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reset", target]) == 1
    assert capsys.readouterr().err.startswith(message)


def test_a_deleted_exercise_cell_is_not_an_unknown_exercise(
    tasks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = json.loads(tasks.read_text())
    del notebook["cells"][4]
    tasks.write_text(json.dumps(notebook))
    before = tasks.read_bytes()
    assert main(["reset", "2.3"]) == 1
    assert capsys.readouterr().err == (
        "The cell of exercise 2.3 is gone from notebooks/02_tasks.ipynb, and its starter with it. "
        "Edit > Undo Cell Operation in JupyterLab may bring it back. Otherwise: "
        "save a copy of what you wrote, then get the file back: "
        "git checkout -- notebooks/02_tasks.ipynb\n"
    )
    assert tasks.read_bytes() == before


def test_a_damaged_notebook_is_named_and_the_others_are_reset(
    tasks: Path, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = course / "notebooks/01_functions.ipynb"
    damaged.write_text('{"cells": [\n{')
    assert main(["reset", "all"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("notebooks/01_functions.ipynb is damaged, it is not valid JSON (")
    assert "git checkout -- notebooks/01_functions.ipynb\n" in out
    assert "exercise 2.3 is back at its starter" in out
    assert damaged.read_text() == '{"cells": [\n{'


def test_a_damaged_notebook_is_told_when_the_exercise_may_be_in_it(
    tasks: Path, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (course / "notebooks/01_functions.ipynb").write_text("[]")
    assert main(["reset", "2.3"]) == 0
    assert main(["reset", "1.1"]) == 1
    assert "01_functions.ipynb is damaged: it holds JSON, but no notebook cells" in (
        capsys.readouterr().err
    )


def test_outside_a_course_it_says_where_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["reset", "all"]) == 1
    assert capsys.readouterr().err.startswith("No course here. Change into the course's folder")


def test_a_write_that_fails_leaves_the_notebook_whole(
    tasks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = tasks.read_bytes()
    monkeypatch.setattr("os.replace", full)
    assert main(["reset", "2.3"]) == 1
    assert "cannot be written: No space left on device." in capsys.readouterr().err
    assert tasks.read_bytes() == before
    assert [path.name for path in tasks.parent.iterdir()] == ["02_tasks.ipynb"]

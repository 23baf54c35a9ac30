"""Every notebook is whole: executed, free of traces, linked, and opened by the same cells."""

from __future__ import annotations

import re
from pathlib import Path

import exercise_cells
import nbformat
import pytest

ALL = [*exercise_cells.NOTEBOOKS, *exercise_cells.SOLUTIONS]

each_notebook = pytest.mark.parametrize(
    "path", ALL, ids=lambda path: f"{path.parent.name}/{path.stem}"
)
each_lesson = pytest.mark.parametrize("path", exercise_cells.NOTEBOOKS, ids=lambda path: path.stem)

NAMES = [
    "00_start_here",
    "01_functions",
    "02_tasks",
    "03_cancellation",
    "04_queues",
    "05_sync_primitives",
    "06_lifecycle",
    "07_capstone",
]
TRACE_OF_A_MACHINE = re.compile(
    r"/(home|root|tmp|work|Users|usr|opt)/|\\\\Users\\\\|0x[0-9a-f]{6,}"
)
TRACE_OF_IPYKERNEL = re.compile(r"ipykernel_|site-packages")


def cells(path: Path) -> list[nbformat.NotebookNode]:
    return nbformat.read(path, as_version=4).cells


def test_the_course_has_its_notebooks_and_each_its_solutions():
    assert [path.stem for path in exercise_cells.NOTEBOOKS] == NAMES
    assert [path.stem for path in exercise_cells.SOLUTIONS] == NAMES


@each_notebook
def test_every_code_cell_was_executed_in_order_and_none_raised(path):
    code = [cell for cell in cells(path) if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    errors = [o.ename for cell in code for o in cell.outputs if o.output_type == "error"]
    assert errors == []


@each_notebook
def test_no_output_tells_on_which_machine_it_was_made(path):
    outputs = [str(o) for cell in cells(path) for o in cell.get("outputs", [])]
    text = "\n".join(outputs)
    assert TRACE_OF_A_MACHINE.findall(text) == []
    assert TRACE_OF_IPYKERNEL.findall(text) == []


@each_notebook
def test_every_link_to_a_file_of_the_course_leads_there(path):
    text = "\n".join(cell.source for cell in cells(path) if cell.cell_type == "markdown")
    links = re.findall(r"\]\(((?!https?:|#)[^)#]+)", text)
    assert links
    assert [link for link in links if not (path.parent / link).is_file()] == []


@each_notebook
def test_the_first_code_cell_loads_what_the_others_need(path):
    first = next(cell for cell in cells(path) if cell.cell_type == "code")
    assert first.source.endswith("%load_ext coursekit")


@each_lesson
def test_a_lesson_begins_with_its_minutes_and_says_what_to_run_without_coursekit(path):
    title, first, *_ = cells(path)
    minutes = re.search(r"^\*(\d+) minutes, ", title.source, re.MULTILINE)
    row = rf"\(notebooks/{re.escape(path.name)}\) \| {minutes[1]} \|"
    assert re.search(row, (exercise_cells.ROOT / "README.md").read_text(encoding="utf-8"))
    assert "%pip install -e .." in first.source


def test_the_course_has_its_exercises_and_bugs():
    bugs = [
        m for m in exercise_cells.MUTANTS if not m.equivalent and m.exercise in exercise_cells.IDS
    ]
    assert len(exercise_cells.EXERCISES) >= 28
    assert len(bugs) >= 70
    on_schedules = {bug.exercise[0] for bug in bugs if bug.schedules}
    assert on_schedules == {"5", "6", "7"}
    assert len([bug for bug in bugs if bug.schedules]) >= 4
    assert len([bug for bug in bugs if bug.exercise[0] == "7"]) >= 15

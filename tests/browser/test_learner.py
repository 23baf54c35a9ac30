"""A learner in JupyterLab: every notebook, an exercise, a hang, the progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

pytest.importorskip("playwright", reason="needs the dev extra: playwright")

PROJECT = Path(__file__).parents[2]
EXERCISE = "%%ipytest --exercise 1.1"
NOTEBOOKS = sorted(path.stem for path in (PROJECT / "notebooks").glob("0*.ipynb"))
# Which cells are pictured, by how each begins.
PICTURES = {
    "00_start_here": {"untouched-progress": "%progress", "tasks": "%%timeline"},
    "01_functions": {"starter": EXERCISE, "retry": "%%ipytest --timeline"},
    "05_sync_primitives": {"two-schedules": "compare("},
}
SPINNING = "%%ipytest\n\n\ndef test_it_ends():\n    while True:\n        pass"


def committed(notebook: str) -> list[Any]:
    return nbformat.read(PROJECT / notebook, as_version=4).cells


def answer(tag: str) -> str:
    """What solutions/ writes into the exercise, by the tag of the cell."""
    (source,) = (
        cell.source
        for cell in committed("solutions/01_functions.ipynb")
        if tag in cell.metadata.get("tags", []) and cell.source.startswith(EXERCISE)
    )
    return source


def plain_texts(outputs: list[Any]) -> str:
    """What a cell says in text, without the forms that only JupyterLab shows."""
    texts = []
    for output in outputs:
        if output["output_type"] == "error":
            texts.append(output["ename"])
        else:
            text = output.get("text") or output["data"].get("text/plain", "")
            texts.append(text if isinstance(text, str) else "".join(text))
    return "\n".join(texts)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_whoever_runs_all_cells_sees_what_the_notebook_shows(lab, screenshots, notebook) -> None:
    path = f"notebooks/{notebook}.ipynb"
    lab.open(path)
    for seen, kept in zip(lab.run_all(), committed(path), strict=True):
        if kept.cell_type != "code" or kept.source == "%progress":
            continue
        assert seen.count is not None, kept.source
        if "nbval-ignore-output" not in kept.metadata.get("tags", []):
            assert plain_texts(seen.outputs) == plain_texts(kept.outputs), kept.source
    for name, start in PICTURES.get(notebook, {}).items():
        lab.save_pictures(screenshots, name, lab.find(start))


def test_an_exercise_is_answered_wrongly_then_rightly_and_the_progress_tells(
    lab, screenshots
) -> None:
    lab.open("notebooks/01_functions.ipynb")
    lab.run_cell(lab.find("# If this cell says ModuleNotFoundError"))
    lab.run_cell(lab.find("import asyncio"))
    exercise = lab.find(EXERCISE)

    lab.type_into(exercise, answer("first-attempt"))
    verdict = lab.run_cell(exercise)
    assert verdict.text.startswith("Exercise 1.1: 1 test passes on the worker")
    assert "\n1 of 6 bugs caught" in verdict.text
    assert verdict.text.count("\nESCAPED  ") == 5
    assert "1 of 6 bugs caught" in lab.shown(exercise)
    lab.save_pictures(screenshots, "verdict-first-attempt", exercise)

    lab.type_into(exercise, answer("solution"))
    verdict = lab.run_cell(exercise)
    assert "\n6 of 6 bugs caught" in verdict.text
    assert "ESCAPED" not in verdict.text
    assert "6 of 6 bugs caught" in lab.shown(exercise)
    lab.save_pictures(screenshots, "verdict-solution", exercise)

    lab.open("notebooks/00_start_here.ipynb")
    lab.run_cell(lab.find("# If this cell says ModuleNotFoundError"))
    progress = lab.find("%progress")
    assert lab.run_cell(progress).text.startswith("1 of ")
    assert "The right request, and its record" in lab.shown(progress)
    lab.save_pictures(screenshots, "progress", progress)


def test_a_test_that_spins_is_interrupted_and_the_next_cell_runs(lab, screenshots) -> None:
    lab.open("notebooks/00_start_here.ipynb")
    lab.run_cell(lab.find("# If this cell says ModuleNotFoundError"))
    first, second = [
        i for i, cell in enumerate(lab.cells()) if cell.source.startswith("%%ipytest")
    ][:2]
    lab.type_into(first, SPINNING)
    lab.start_cell(first)
    assert lab.interrupt(first).text.startswith("Interrupted.")
    lab.save_pictures(screenshots, "interrupted", first)
    assert lab.run_cell(second).text == "1 passed\n"

"""`python -m coursekit reset`: back to the starter, with the learner's cell kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_raw_cell

from coursekit.notebooks import notebook_file
from coursekit.notebooks.course import CourseError, announced_in, exercise_of, exercises, find_root

GET_IT_BACK = "save a copy of what you wrote, then get the file back: git checkout -- {path}"


def reset(target: str) -> int:
    """Set back an exercise (`2.3`), a notebook (`02_tasks`) or `all`; return the exit status.

    Each cell that differs from its starter gets the starter and no output; what it held stays
    right after it in a raw cell, which nothing runs. 1 means that a notebook could not be read.
    Raises CourseError for a target that the course does not have.
    """
    root = find_root(Path.cwd())
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    if target == "all":
        return _reset_each(root, notebooks)
    stem = Path(target).name.removesuffix(".ipynb")
    for notebook in notebooks:
        if notebook.stem == stem:
            return _reset_each(root, [notebook])
    return _reset_exercise(root, notebooks, target)


def _reset_each(root: Path, notebooks: list[Path]) -> int:
    status = 0
    for path in notebooks:
        try:
            _reset_notebook(root, path, exercise=None)
        except CourseError as error:
            status = 1
            print(_with_a_way_back(root, path, error))
    return status


def _reset_exercise(root: Path, notebooks: list[Path], exercise: str) -> int:
    known: list[str] = []
    damaged: list[str] = []
    lost: list[Path] = []
    for path in notebooks:
        try:
            if _reset_notebook(root, path, exercise):
                return 0
            known += [found.name for found in exercises(path)]
            if exercise in announced_in(path):
                lost.append(path)
        except CourseError as error:
            damaged.append(_with_a_way_back(root, path, error))
    if lost:
        raise CourseError(_deleted(root, lost[0], exercise))
    if damaged:
        raise CourseError("\n".join(damaged))
    if exercise[:1].isdigit() and "." in exercise:
        raise CourseError(f"There is no exercise {exercise}. There are: {', '.join(known)}.")
    names = ", ".join(path.stem for path in notebooks)
    raise CourseError(
        f"{exercise!r} is neither an exercise nor a notebook. Exercises look like 2.3; "
        f"notebooks are: {names}."
    )


def _deleted(root: Path, path: Path, exercise: str) -> str:
    where = path.relative_to(root)
    return (
        f"The cell of exercise {exercise} is gone from {where}, and its starter with it. "
        f"Edit > Undo Cell Operation in JupyterLab may bring it back. Otherwise: "
        + GET_IT_BACK.format(path=where)
    )


def _with_a_way_back(root: Path, path: Path, error: CourseError) -> str:
    where = path.relative_to(root)
    words = str(error).replace(str(path), str(where))
    return f"{words} Next: " + GET_IT_BACK.format(path=where)


def _reset_notebook(root: Path, path: Path, exercise: str | None) -> bool:
    """Set back one exercise, or all with None; tell whether the notebook has a cell for it."""
    notebook = notebook_file.read(path)
    where = path.relative_to(root)
    seen: list[str] = []
    changed: list[str] = []
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        cells.append(cell)
        starter = cell.metadata.get("coursekit", {}).get("starter")
        # The starter names the exercise even when the learner has emptied the cell.
        name = exercise_of(starter) if cell.cell_type == "code" and starter else None
        if name is None or exercise not in (None, name):
            continue
        seen.append(name)
        if cell.source.rstrip() == starter.rstrip():
            continue
        changed.append(name)
        if cell.source.strip():
            cells.append(_kept(cell.source, name))
        cell.source, cell.outputs, cell.execution_count = starter, [], None
    for name in dict.fromkeys(seen):
        words = "is back at" if name in changed else "stands at"
        print(f"{where}: exercise {name} {words} its starter.")
    if changed:
        notebook.cells = cells
        notebook_file.write(path, notebook_file.to_text(notebook))
        print(
            f"What you wrote is kept below it. If {path.name} is open in JupyterLab, choose "
            "File > Reload Notebook from Disk."
        )
    elif seen:
        print("Nothing to do.")
    return bool(seen)


def _kept(source: str, exercise: str) -> NotebookNode:
    day = f"{datetime.now():%d %B %Y, %H:%M}"
    first = f"What stood in exercise {exercise} before the reset of {day}. Nothing runs this cell."
    cell: NotebookNode = new_raw_cell(f"{first}\n\n{source}")  # type: ignore[no-untyped-call]
    return cell

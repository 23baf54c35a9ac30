"""Reading and writing one notebook file so that nothing is lost and the layout never varies."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from coursekit.notebooks.course import CourseError, load_json


def read(path: Path) -> NotebookNode:
    """Return the notebook with an id on every cell; a missing or doubled id becomes `cell-N`.

    Raises CourseError for a file that is missing, damaged or not a valid notebook.
    """
    content = load_json(path)
    _give_ids(content["cells"])
    content["nbformat_minor"] = 5
    notebook = nbformat.reads(json.dumps(content), as_version=4)  # type: ignore[no-untyped-call]
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        reason = str(error).splitlines()[0]
        raise CourseError(f"{path} is damaged, it is not a valid notebook ({reason}).") from None
    assert isinstance(notebook, NotebookNode)
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """Return the file's text as Jupyter itself writes it, with one newline at the end."""
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return str(text).rstrip("\n") + "\n"


def write(path: Path, text: str) -> None:
    """Replace the file in one step, keeping its permissions: a reader sees the old or the new one.

    Raises CourseError when the folder cannot be written.
    """
    target = path.resolve()  # replacing a link would cut it
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        shutil.copymode(target, name)
        os.replace(name, target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from None


def _give_ids(cells: list[dict[str, Any]]) -> None:
    taken = {cell.get("id") for cell in cells}
    seen: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        if cell.get("id") in seen or not cell.get("id"):
            fresh = (f"cell-{n}" for n in range(number, number + len(taken) + 1))
            cell["id"] = next(name for name in fresh if name not in taken)
            taken.add(cell["id"])
        seen.add(cell["id"])

"""A small course in a temporary folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

from tests.coursekit.notebooks.small_notebooks import Writer


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty course, which is also the current folder."""
    root = tmp_path / "course"
    for name in ("notebooks", "solutions"):
        (root / name).mkdir(parents=True)
    monkeypatch.chdir(root)
    for name in ("JPY_SESSION_NAME", "COURSEKIT_PROGRESS"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def write(course: Path) -> Writer:
    """Write a notebook of the course: `write("notebooks/02_tasks", cell, cell)`."""

    def written(name: str, *cells: Any) -> Path:
        path = course / f"{name}.ipynb"
        nbformat.write(v4.new_notebook(cells=list(cells)), path)
        return path

    return written

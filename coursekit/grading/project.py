"""Where the project is, and what it tells the grader."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


class ProjectError(Exception):
    """A pyproject.toml that cannot be read; the message says where."""


@dataclass(frozen=True)
class Project:
    """A folder with a pyproject.toml; `preload` names third-party modules worth importing once."""

    root: Path
    mutants: Path
    preload: tuple[str, ...] = ()


def find(start: Path) -> Project:
    """Return the project that holds `start`: the nearest folder up with a pyproject.toml.

    Without one, the nearest with a conftest.py, else `start` itself. Raises ProjectError.
    """
    folders = [start, *start.parents]
    for mark in ("pyproject.toml", "conftest.py"):
        for folder in folders:
            if (folder / mark).is_file():
                return _read(folder)
    return Project(root=start, mutants=start / "mutants")


def _read(root: Path) -> Project:
    settings = {}
    path = root / "pyproject.toml"
    if path.is_file():
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
        except tomllib.TOMLDecodeError as error:
            raise ProjectError(f"{path.name} of this project is not valid TOML: {error}") from None
    own = settings.get("coursekit", {})
    return Project(
        root=root,
        mutants=root / own.get("mutants", "mutants"),
        preload=tuple(own.get("preload", ())),
    )

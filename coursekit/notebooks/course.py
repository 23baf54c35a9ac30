"""Where the course lies on disk and which exercises its notebooks hold."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADING = re.compile(r"^#{1,6} Exercise (\S+) · (.+?) · (\d+) min\s*$", re.MULTILINE)


class CourseError(Exception):
    """Something the caller must put right; the message is one line and says what to do next."""


@dataclass(frozen=True)
class Exercise:
    """One exercise as a notebook announces it; without a heading its title is "", its minutes 0."""

    name: str
    notebook: Path
    title: str
    minutes: int


def find_root(start: Path) -> Path:
    """Return the nearest folder from `start` upwards whose notebooks/ holds a notebook.

    Raises CourseError when there is none.
    """
    for folder in [start.resolve(), *start.resolve().parents]:
        if any((folder / "notebooks").glob("*.ipynb")):
            return folder
    raise CourseError("No course here. Change into the course's folder (it holds notebooks/).")


def exercise_of(source: str) -> str | None:
    """Return the exercise that a cell's first line names, as in `%%ipytest --exercise 2.3`."""
    first, _, _ = source.partition("\n")
    if not first.startswith("%%ipytest"):
        return None
    try:
        words = shlex.split(first)
    except ValueError:  # an unclosed quote on a line that somebody is still typing
        return None
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--exercise":
            return following or None
        if word.startswith("--exercise="):
            return word.removeprefix("--exercise=") or None
    return None


def exercises(notebook: Path) -> list[Exercise]:
    """Return the exercises of one notebook in their order; a copied cell counts once.

    Raises CourseError for a file that is no notebook.
    """
    found: dict[str, Exercise] = {}
    announced: dict[str, tuple[str, int]] = {}
    for kind, source in _cells(notebook):
        if kind == "markdown":
            for name, title, minutes in HEADING.findall(source):
                announced[name] = (title, int(minutes))
        elif kind == "code" and (name := exercise_of(source)) and name not in found:
            found[name] = Exercise(name, notebook, *announced.get(name, ("", 0)))
    return list(found.values())


def announced_in(notebook: Path) -> set[str]:
    """Return the exercises that the headings of a notebook name, whether their cells exist or not.

    Raises CourseError for a file that is no notebook.
    """
    cells = _cells(notebook)
    return {m[1] for kind, text in cells if kind == "markdown" for m in HEADING.finditer(text)}


def load_json(notebook: Path) -> dict[str, Any]:
    """Return the parsed file of a version 4 notebook. Raises CourseError for anything else."""
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{notebook}: there is no such file.") from None
    except OSError as error:
        raise CourseError(f"{notebook} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise CourseError(f"{notebook} is damaged, it is not valid JSON ({error}).") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise CourseError(f"{notebook} is damaged: it holds JSON, but no notebook cells.")
    if content.get("nbformat") != 4:
        raise CourseError(f"{notebook} is not a version 4 notebook. Save it from JupyterLab.")
    return content


def _cells(notebook: Path) -> Iterator[tuple[str, str]]:
    for cell in load_json(notebook)["cells"]:
        source = cell.get("source", "")
        yield cell.get("cell_type", ""), source if isinstance(source, str) else "".join(source)

"""Reads the source of a module by its name without importing anything."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from coursekit.grading.mutant import Mutant, MutantError


def of_module(name: str, root: Path) -> str:
    """Return the source of a module that is installed or lies in the folder `root`.

    Raises MutantError if there is no such module with a source file.
    """
    for path in _candidates(name, root):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise MutantError(
        f"the mutants change {name}, which this Python cannot find. Install the project: "
        "pip install -e . in its folder."
    )


def _candidates(name: str, root: Path) -> Iterator[Path]:
    top, *inner = name.split(".")
    spec = importlib.util.find_spec(top) or PathFinder.find_spec(top, [str(root)])
    if spec is None:
        return
    if not inner and spec.origin is not None:
        yield Path(spec.origin)
    for folder in spec.submodule_search_locations or () if inner else ():
        yield Path(folder, *inner).with_suffix(".py")
        yield Path(folder, *inner, "__init__.py")


def diffs(mutants: Iterable[Mutant], root: Path) -> dict[str, str]:
    """Return the change behind each mutant by its name. Raises MutantError."""
    return {mutant.name: mutant.diff(of_module(mutant.module, root)) for mutant in mutants}

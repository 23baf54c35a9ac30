"""Reads the source of a module by its name without importing it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

from coursekit.grading.mutant import Mutant, MutantError


def of_module(name: str) -> str:
    """Return the source of a module. Its packages are imported, itself it is not.

    Raises MutantError if there is no such module with a source file.
    """
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise MutantError(
            f"the mutants change {name}, which this Python cannot find. Install the project: "
            "pip install -e . in its folder."
        )
    return Path(spec.origin).read_text(encoding="utf-8")


def diffs(mutants: Iterable[Mutant]) -> dict[str, str]:
    """Return the change behind each mutant by its name."""
    return {mutant.name: mutant.diff(of_module(mutant.module)) for mutant in mutants}

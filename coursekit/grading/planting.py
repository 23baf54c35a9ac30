"""Imports one module with a mutant planted in it, leaving every file as it is."""

from __future__ import annotations

import json
import linecache
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from coursekit.grading.mutant import Mutant

IN_SUBPROCESSES = "COURSEKIT_MUTANT"
"""The environment variable that carries the mutant into Python processes a test starts."""

_SITE = """\
import json, os
from coursekit.grading import mutant, planting
planting.plant(mutant.Mutant(**json.loads(os.environ[planting.IN_SUBPROCESSES])))
"""


class PlantedLoader(SourceFileLoader):
    """Compiles the mutated source; the cached byte code of the real one is never read."""

    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        source = self.mutant.plant(self.get_source(fullname) or "")
        # Tracebacks show the lines that ran, not those of the file.
        linecache.cache[self.path] = (len(source), None, source.splitlines(True), self.path)
        return compile(source, self.path, "exec", dont_inherit=True)


class PlantingFinder:
    """Finds the mutant's module where the other finders do, so editable installs work too."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self.mutant.module:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.origin is not None:
                spec.loader = PlantedLoader(name, spec.origin, self.mutant)
                return spec
        return None


def plant(mutant: Mutant) -> None:
    """Make this process import `mutant.module` mutated.

    Raises RuntimeError if the module is imported already: it would stay as it is.
    """
    if mutant.module in sys.modules:
        raise RuntimeError(f"{mutant.module} was imported before the mutant was planted")
    sys.meta_path.insert(0, PlantingFinder(mutant))


def plant_in_subprocesses(mutant: Mutant, folder: Path) -> None:
    """Make Python processes that this one starts import the mutant too, by a file in `folder`."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_SITE, encoding="utf-8")
    os.environ[IN_SUBPROCESSES] = json.dumps(asdict(mutant))
    rest = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{folder}{os.pathsep}{rest}" if rest else str(folder)

"""Planting: one module is imported mutated, and nothing else changes."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from coursekit.grading import planting
from coursekit.grading.mutant import Mutant, MutantError

SHOP = "import asyncio\n\n\ndef price(n):\n    return n * 2\n"
MUTANT = Mutant("1.1", "too-dear", "planted.shop", "n * 2", "n * 3", "Nobody came back.")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `planted` with the modules shop and till."""
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "shop.py").write_text(SHOP)
    (folder / "till.py").write_text("from planted.shop import price\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "planted"]:
        del sys.modules[name]


def test_the_module_is_imported_mutated_and_its_file_stays(package: Path) -> None:
    planting.plant(MUTANT)
    assert importlib.import_module("planted.shop").price(1) == 3
    assert (package / "shop.py").read_text() == SHOP


def test_other_modules_see_the_mutant_and_are_left_as_they_are(package: Path) -> None:
    planting.plant(MUTANT)
    assert importlib.import_module("planted.till").price(1) == 3


def test_cached_byte_code_is_neither_read_nor_written(package: Path) -> None:
    code = "import sys, planted.shop; sys.exit(planted.shop.price(1))"
    assert subprocess.run([sys.executable, "-c", code], cwd=package.parent).returncode == 2
    planting.plant(MUTANT)
    assert importlib.import_module("planted.shop").price(1) == 3
    assert subprocess.run([sys.executable, "-c", code], cwd=package.parent).returncode == 2


def test_a_traceback_shows_the_line_that_ran(package: Path) -> None:
    planting.plant(MUTANT)
    with pytest.raises(TypeError) as caught:
        importlib.import_module("planted.shop").price(None)
    assert traceback.extract_tb(caught.tb)[-1].line == "return n * 3"


def test_an_import_of_its_package_alone_plants_nothing_else(package: Path) -> None:
    planting.plant(MUTANT)
    importlib.import_module("planted")
    assert "planted.shop" not in sys.modules


def test_old_text_that_is_not_there_fails_the_import(package: Path) -> None:
    planting.plant(Mutant("1.1", "x", "planted.shop", "n * 9", "n", ""))
    with pytest.raises(MutantError, match="occurs 0 times"):
        importlib.import_module("planted.shop")


def test_a_module_that_is_imported_already_is_refused(package: Path) -> None:
    importlib.import_module("planted.shop")
    with pytest.raises(RuntimeError, match="imported before the mutant was planted"):
        planting.plant(MUTANT)


def test_a_python_process_that_is_started_imports_the_mutant_too(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (planting.IN_SUBPROCESSES, "PYTHONPATH"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back what is changed below
    planting.plant_in_subprocesses(MUTANT, tmp_path / "site")
    code = "import sys, planted.shop; sys.exit(planted.shop.price(1))"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path).returncode == 3

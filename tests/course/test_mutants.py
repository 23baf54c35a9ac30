"""Every mutant can be planted, is a program, differs, and is worth reading about."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import asdict

import exercise_cells
import nbformat
import pytest
from exercise_cells import MUTANTS

from coursekit.grading import source

each_mutant = pytest.mark.parametrize(
    "mutant", MUTANTS, ids=lambda mutant: f"{mutant.exercise}-{mutant.name}"
)

IMPORT_EACH = """
import importlib, json, sys
from coursekit.grading import mutant, planting

for fields in json.load(sys.stdin):
    before = set(sys.modules)
    planted = mutant.Mutant(**fields)
    planting.plant(planted)
    importlib.import_module(planted.module)
    sys.meta_path.pop(0)
    for name in set(sys.modules) - before:
        if name.startswith("finance_lending_worker"):
            del sys.modules[name]
    print(planted.exercise, planted.name)
"""


@each_mutant
def test_a_mutant_plants_once_and_compiles_to_another_program(mutant):
    original = source.of_module(mutant.module, exercise_cells.ROOT)
    planted = mutant.plant(original)
    compile(planted, mutant.module, "exec")
    assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(original))


def test_every_mutant_imports():
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH],
        input=json.dumps([asdict(mutant) for mutant in MUTANTS]),
        capture_output=True,
        text=True,
    )
    imported = run.stdout.splitlines()
    assert imported == [f"{mutant.exercise} {mutant.name}" for mutant in MUTANTS], run.stderr


@each_mutant
def test_a_mutant_has_a_story_and_a_bug_has_a_hint(mutant):
    assert mutant.story.endswith((".", "?", "'"))
    assert '"' not in mutant.story
    assert mutant.equivalent or mutant.hint.endswith((".", "?"))


def test_no_two_mutants_of_an_exercise_are_the_same_program():
    original = {m.module: source.of_module(m.module, exercise_cells.ROOT) for m in MUTANTS}
    programs = [(m.exercise, m.module, m.plant(original[m.module])) for m in MUTANTS]
    same = [MUTANTS[n].name for n, program in enumerate(programs) if program in programs[:n]]
    assert same == []


def test_a_mutant_belongs_to_an_exercise_or_to_a_lesson_that_shows_it():
    lessons = "\n".join(
        cell.source
        for path in exercise_cells.NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    )
    unused = [
        mutant.name
        for mutant in MUTANTS
        if mutant.exercise not in exercise_cells.IDS and f"--bug {mutant.name}" not in lessons
    ]
    assert unused == []

"""Tests whose result comes of something else than the worker: the controls find them.

Each of these would "catch" bugs if its failures were believed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from coursekit.grading import mutant, text
from coursekit.grading.asking import Asker
from coursekit.grading.catching import Catching
from coursekit.grading.engine import Engine
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.project import Project
from coursekit.grading.protocol import Job
from coursekit.grading.verdict import Step
from tests.coursekit.grading.conftest import Grade, job_of

TOP = """%%ipytest --exercise 1.1
import asyncio, datetime, itertools, os, random, secrets, time
import pytest
from pathlib import Path
from pool import run_all

"""

MOODS = {
    "a seeded coin": "random.random() > 0.5",
    "a rare accident": "random.random() < 0.9",
    "the second on the clock": "int(time.time()) % 2",
    "the order of a set": "''.join({'ab', 'cd', 'ef', 'gh'}) == 'SET'",
    "the hash of a text": "hash('limit') == HASH",
}
"""What is true at times only, by what it depends on."""


@pytest.mark.parametrize("mood", MOODS.values(), ids=MOODS)
def test_a_test_that_depends_on_anything_else_does_not_give_the_same_result_twice(
    grade_cell: Grade, mood: str
) -> None:
    with_seed_0 = _printed("print(''.join({'ab', 'cd', 'ef', 'gh'}), hash('limit'))").split()
    mood = mood.replace("SET", with_seed_0[0]).replace("HASH", with_seed_0[1])
    verdict = grade_cell(f"{TOP}async def test_moody():\n    assert {mood}\n")
    assert verdict.step is Step.UNSTEADY, text.verdict(verdict)
    assert "test_moody does not give the same result twice" in text.verdict(verdict)


@pytest.mark.parametrize("luck", ["secrets.randbelow(2)", "os.getpid() % 3"])
def test_a_test_that_passes_by_luck_gets_no_grade(grade_cell: Grade, luck: str) -> None:
    verdict = grade_cell(f"{TOP}async def test_lucky():\n    assert {luck}\n")
    # A coin fails seven times running once in 128, and then it fails on the worker.
    assert verdict.step in (Step.UNSTEADY, Step.FAILS), text.verdict(verdict)


def _printed(code: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)


def test_a_test_that_passes_every_second_time_is_found(grade_cell: Grade, tmp_path: Path) -> None:
    for _ in range(2):  # whichever time the file says it is
        verdict = grade_cell(
            f"{TOP}COUNT = Path({str(tmp_path / 'count')!r})\n"
            "def test_moody():\n"
            "    with COUNT.open('a+') as file:\n"
            "        file.write('.')\n"
            "    assert COUNT.stat().st_size % 2\n"
        )
        assert verdict.step is Step.UNSTEADY, text.verdict(verdict)


def test_a_file_that_the_last_run_left_in_a_place_of_its_own_is_found(
    grade_cell: Grade, tmp_path: Path
) -> None:
    verdict = grade_cell(
        f"{TOP}def test_first_time_only():\n"
        f"    left = Path({str(tmp_path / 'left')!r})\n"
        "    assert not left.exists()\n"
        "    left.touch()\n"
    )
    # Which of the runs made the file is the machine's choice. If a bug's did, each control fails.
    assert verdict.step in (Step.UNSTEADY, Step.FAILS), text.verdict(verdict)
    assert verdict.caught == 0


def test_a_file_in_the_current_or_temporary_folder_is_gone_with_the_run(grade_cell: Grade) -> None:
    verdict = grade_cell(
        f"{TOP}import tempfile\n"
        "def test_no_file_is_there():\n"
        "    for left in (Path('left'), Path(tempfile.gettempdir()) / 'left_too'):\n"
        "        assert not left.exists()\n"
        "        left.touch()\n"
    )
    assert verdict.step is Step.GRADED
    assert verdict.caught == 0


def test_luck_drawn_when_the_cell_is_imported_catches_nothing(grade_cell: Grade) -> None:
    for _ in range(2):
        verdict = grade_cell(
            f"{TOP}LUCK = secrets.randbelow(3) == 0\n\ndef test_lucky():\n    assert LUCK\n"
        )
        assert verdict.step in (Step.UNSTEADY, Step.FAILS), text.verdict(verdict)


def test_the_random_module_starts_from_the_same_seed_in_every_job(
    run_job: Callable[[Job], JobOutcome],
) -> None:
    text = f"{TOP}LUCK = random.random()\n\ndef test_a():\n    print(LUCK)\n    assert 0\n"
    first, second = (run_job(job_of(text)).outcomes[0].failures[0].output for _ in range(2))
    assert first == second


def test_a_failure_that_comes_once_has_not_caught_a_bug(grade_cell: Grade, tmp_path: Path) -> None:
    once = tmp_path / "once"
    verdict = grade_cell(
        f"{TOP}def test_once():\n"
        "    if 'COURSEKIT_MUTANT' in os.environ:\n"
        f"        Path({str(once)!r}).mkdir(exist_ok=True)\n"
        f"        assert len(list(Path({str(once)!r}).iterdir())) > 0 or mark()\n\n"
        f"def mark():\n    Path({str(once)!r}, 'done').touch()\n"
    )
    assert verdict.step is Step.UNSTEADY, text.verdict(verdict)


def test_a_counter_of_the_module_starts_anew_in_every_run(grade_cell: Grade) -> None:
    verdict = grade_cell(
        f"{TOP}COUNT = itertools.count(1)\n\ndef test_first_call():\n    assert next(COUNT) == 1\n"
    )
    assert verdict.step is Step.GRADED
    assert verdict.caught == 0


def test_a_deadline_that_only_an_idle_machine_keeps_catches_nothing(grade_cell: Grade) -> None:
    verdict = grade_cell(
        f"""{TOP}@pytest.mark.real_time
async def test_hurried():
    start = time.perf_counter()
    for _ in range(20):
        await asyncio.sleep(0.0005)
    assert time.perf_counter() - start < 0.0115
"""
    )
    assert verdict.step in (Step.UNSTEADY, Step.FAILS) or verdict.caught == 0, text.verdict(verdict)


def test_a_test_that_ends_in_time_on_the_worker_and_not_on_a_bug_has_caught_it(
    grade_cell: Grade,
) -> None:
    verdict = grade_cell(
        f"{TOP}async def test_it_ends():\n    assert await run_all([], 1) == []\n", "1.2"
    )
    said = text.verdict(verdict)
    assert "caught   spins  by test_it_ends: still running after 1 s of processor time" in said
    assert "caught   hangs  by test_it_ends: waits for ever" in said


def test_a_test_that_is_slow_on_the_worker_too_gets_more_time_before_it_catches_a_bug(
    engine: Engine, project: Project, run_job: Callable[[Job], JobOutcome]
) -> None:
    job = job_of(
        f"""{TOP}def test_slow():
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass
    assert run_all
"""
    )
    bug = mutant.of_exercise(mutant.load(project.mutants), "1.1")[0]
    hurried = run_job(replace(job, mutant=asdict(bug), processor_seconds=0.2, until_failure=True))
    assert hurried.outcomes[0].failures[0].limit == "processor"
    (found,) = Catching(Asker(engine), anew=False).bugs([bug], [hurried], [run_job(job)])
    assert found.caught_by is None

"""How long a learner waits for a verdict, and what of it the engine itself takes.

    python tests/benchmarks/grading_speed.py [--rounds N]

All figures come from one run on a sample project: 4 tests, 6 bugs, 2 correct variants. The floor of
a verdict is what no engine of this kind can save: one fork and one session of the same tests for
each run, shared by the cores. The exit status is 1 if a figure is over its limit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from unittest import mock

import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from coursekit.grading import cell, mutant, plan, project  # noqa: E402
from coursekit.grading.asking import Asker  # noqa: E402
from coursekit.grading.engine import Engine  # noqa: E402
from coursekit.grading.grade import grade  # noqa: E402
from coursekit.grading.mutant import Mutant  # noqa: E402
from coursekit.grading.protocol import Job, Run  # noqa: E402
from tests.coursekit.grading import sample  # noqa: E402
from tests.coursekit.grading.kernel import Kernel, wait_until  # noqa: E402

CORES = len(os.sched_getaffinity(0))
PLAIN = "%%ipytest\ndef test_a():\n    assert 1 + 1 == 2\n"
HANGING = "from pool import run_all\n\nasync def test_a():\n    assert await run_all([], 1) == []\n"
MUTMUT = """
[tool.mutmut]
source_paths = ["pool.py"]
pytest_add_cli_args_test_selection = ["tests"]
also_copy = ["conftest.py", "pyproject.toml"]
"""
# Six of mutmut's own mutants of the functions that the six bugs are in: it cannot be given ours.
MUTMUT_BUGS = [f"pool.x_{name}__mutmut_{n}" for name in ("run_all", "again") for n in (1, 2, 3)]


class Figures:
    """Prints each figure with its spread and its limit, and remembers whether one was over it."""

    def __init__(self) -> None:
        self.over = False

    def show(self, name: str, values: list[float], limit: float | None = None) -> float:
        """Print the median of `values` in seconds; return it."""
        middle = median(values)
        spread = f"{min(values):.3f} to {max(values):.3f}" if len(values) > 1 else ""
        print(f"{name:54} {middle:7.3f} s  {spread:16} {self._judged(middle, limit, 's')}")
        return middle

    def ratio(self, name: str, value: float, least: float | None = None) -> None:
        """Print a ratio, which may be no less than `least`."""
        words = "" if least is None else f"at least {least:g}"
        if least is not None and value < least:
            self.over, words = True, f"{words}  MISSED"
        print(f"{name:54} {value:7.2f}    {'':16} {words}")

    def megabytes(self, name: str, value: float, limit: float) -> None:
        """Print an amount of memory."""
        print(f"{name:54} {value:7.1f} MB {'':16} {self._judged(value, limit, 'MB')}")

    def _judged(self, value: float, limit: float | None, unit: str) -> str:
        if limit is None:
            return ""
        self.over |= value > limit
        return f"at most {limit:g} {unit}{'  MISSED' if value > limit else ''}"


def main(rounds: int) -> int:
    """Measure, print and return the exit status."""
    figures = Figures()
    print(f"Python {sys.version.split()[0]}, {CORES} cores, medians of {rounds}")
    with tempfile.TemporaryDirectory() as folder:
        small = project.find(sample.write(Path(folder) / "project"))
        mutants = mutant.load(small.mutants)
        with closing(Engine(small)) as engine:
            whole = of_a_verdict(figures, engine, mutants, rounds)
            of_a_deadlock(figures, engine, mutants, rounds)
            of_the_server(figures, engine)
        of_kernels(figures, small.root, Path(folder), max(3, rounds // 4))
        of_mutmut(figures, Path(folder), whole)
    return 1 if figures.over else 0


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that `action` takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def of_a_verdict(figures: Figures, engine: Engine, mutants: list[Mutant], rounds: int) -> float:
    """Measure whole verdicts, with schedules and without, and the floor beneath them."""
    job = Job(cell.module(sample.FOUR_TESTS, cell.parse(sample.FOUR_TESTS), [], "").text)
    bugs = mutant.of_exercise(mutants, "1.1")

    def graded() -> None:
        assert grade(engine, job, "1.1", bugs).solved

    def without_schedules() -> None:
        with mock.patch.object(plan, "SEEDS", ()):
            graded()

    first = timed(graded)
    asker = Asker(engine)
    many = replace(job, runs=(Run(),) * 20)
    plain, full, forks = [], [], []
    for _ in range(rounds):  # in turn, so that a busy moment of the machine meets all alike
        plain.append(timed(without_schedules))
        full.append(timed(graded))
        once, often = timed(lambda: asker.once_more(job)), timed(lambda: asker.once_more(many))
        forks.append((often - once) / 19)
    figures.show("the first verdict of an engine", [first])
    base = figures.show("a verdict: 4 tests, 6 bugs, 2 variants", plain, 0.35)
    added = [whole - part for whole, part in zip(full, plain, strict=True)]
    whole = figures.show("the same with 20 schedules", full)
    figures.show("what 20 schedules add", added, 0.6)
    fork = figures.show("one fork and one warm session", forks)
    runs = 3 + 2 + 2 * 6  # controls, variants, and each bug's failure twice
    floor = fork * runs / CORES
    figures.show(f"the floor: {runs} of these on {CORES} cores", [floor])
    figures.show("the engine's own share", [base - floor])
    return whole


def of_a_deadlock(figures: Figures, engine: Engine, mutants: list[Mutant], rounds: int) -> None:
    """Measure how long a bug that waits for ever takes to be caught."""
    bug = mutant.named(mutants, "hangs")
    job = Job(HANGING, mutant=asdict(bug), until_failure=True)
    asker = Asker(engine)
    assert asker.once_more(job).outcomes[0].failures[0].reason == "waits for ever"
    figures.show(
        "a bug that waits for ever",
        [timed(lambda: asker.once_more(job)) for _ in range(rounds)],
        0.15,
    )


def of_the_server(figures: Figures, engine: Engine) -> None:
    """Measure the server's memory, and how soon it leaves with the process that started it."""
    (server,) = psutil.Process().children()
    figures.megabytes("the server's memory (PSS)", server.memory_full_info().pss / 1e6, 40)
    figures.show("the server's leaving", [timed(lambda: (engine.close(), server.wait()))], 0.5)


def of_kernels(figures: Figures, root: Path, folder: Path, rounds: int) -> None:
    """Measure the first cells of fresh kernels."""
    loads, others, firsts, seconds = [], [], [], []
    for _ in range(rounds):
        kernel = Kernel(root, folder / "tmp")
        loads.append(kernel.loaded.seconds)
        others.append(kernel.run("1 + 1").seconds)
        kernel.close()
        kernel = Kernel(root, folder / "tmp")
        firsts.append(kernel.run(PLAIN).seconds)
        wait_until(lambda of=kernel: of.server.status() == "sleeping")
        seconds.append(kernel.run(PLAIN).seconds)
        kernel.close()
    figures.show("%load_ext coursekit", loads)
    figures.show("the cell after it, while the server starts", others, 0.1)
    figures.show("the first %%ipytest, sent at once", firsts, 0.5)
    figures.show("the second", seconds)


def of_mutmut(figures: Figures, folder: Path, whole: float) -> None:
    """Measure mutmut on as many mutants of the same functions with the same tests."""
    place = sample.write(folder / "mutmut")
    (place / "tests").mkdir()
    (place / "tests" / "test_pool.py").write_text(sample.FOUR_TESTS, encoding="utf-8")
    shutil.rmtree(place / "mutants")  # mutmut's own folder has this name
    settings = place / "pyproject.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + MUTMUT, encoding="utf-8")

    def run() -> None:
        command = [sys.executable, "-m", "mutmut", "run", *MUTMUT_BUGS]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr

    run()  # makes its mutants, which a second run finds made
    taken = figures.show("mutmut, 6 mutants of the same functions", [timed(run) for _ in range(3)])
    figures.ratio("mutmut to the whole verdict with schedules", taken / whole, 4)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=20, help="of each (%(default)s)")
    raise SystemExit(main(arguments.parse_args().rounds))

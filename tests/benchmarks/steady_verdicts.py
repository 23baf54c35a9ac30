"""The same cell gives the same verdict always: counts the verdicts that differ.

    python tests/benchmarks/steady_verdicts.py [--times N]

Grades the cells of a sample project and every first attempt and solution of the course, again and
again, N repeats in all, while as many processes spin as there are cores. The exit status is 1 if
one verdict differed from the first on its cell.
"""

from __future__ import annotations

import argparse
import difflib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import cycle
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "course")]

import exercise_cells  # noqa: E402

from coursekit.grading import cell, mutant, project, text  # noqa: E402
from coursekit.grading.engine import Engine  # noqa: E402
from coursekit.grading.grade import grade  # noqa: E402
from coursekit.grading.protocol import Job  # noqa: E402
from tests.coursekit.grading import sample  # noqa: E402

Verdict = Callable[[], str]


def main(times: int) -> int:
    """Grade, print the figures, and return the exit status."""
    with tempfile.TemporaryDirectory() as folder, verdicts(Path(folder)) as graded, busy_cores():
        first = {name: verdict() for name, verdict in graded.items()}
        done, differing, start = 0, 0, perf_counter()
        with suppress(KeyboardInterrupt):  # stopped early, it says what it has counted
            for name in cycle(graded):
                if done >= times:
                    break
                differing += differs(name, first[name], graded[name]())
                done += 1
        seconds = perf_counter() - start
    print(
        f"{done} verdicts repeated on {len(first)} cells beside {os.cpu_count()} busy processes, "
        f"{seconds / max(done, 1):.2f} s each: {differing} differing"
    )
    return 1 if differing else 0


def differs(name: str, first: str, now: str) -> bool:
    """Return whether a verdict is another one now, and show how."""
    if first != now:
        print(f"{name} differs:")
        print("\n".join(difflib.unified_diff(first.splitlines(), now.splitlines(), lineterm="")))
    return first != now


@contextmanager
def verdicts(folder: Path) -> Iterator[dict[str, Verdict]]:
    """Give what grades each cell, by its name."""
    small = project.find(sample.write(folder / "project"))
    course = project.find(ROOT)
    with closing(Engine(small)) as of_sample, closing(Engine(course)) as of_course:
        job = Job(cell.module(sample.FOUR_TESTS, cell.parse(sample.FOUR_TESTS), [], "").text)
        graded = {"sample": verdict_of(of_sample, job, "1.1", mutant.load(small.mutants))}
        for exercise in exercise_cells.IDS:
            for tag in ("first-attempt", "solution"):
                for written in exercise_cells.find(exercise, tag):
                    graded[f"{exercise} {tag}"] = verdict_of(
                        of_course, written.job(), exercise, exercise_cells.MUTANTS
                    )
        yield graded


def verdict_of(engine: Engine, job: Job, exercise: str, mutants: list[mutant.Mutant]) -> Verdict:
    """Return what grades one cell and says the verdict."""
    bugs = mutant.of_exercise(mutants, exercise)
    return lambda: text.verdict(grade(engine, job, exercise, bugs))


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy meanwhile."""
    pids = [spinning() for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def spinning() -> int:
    """Start a process that does nothing but use its core, and return its id."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    while os.getppid() == parent:
        sum(range(100_000))
    os._exit(0)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=1000, help="repeats in all (%(default)s)")
    raise SystemExit(main(arguments.parse_args().times))

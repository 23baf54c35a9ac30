"""A project to grade tests in, an engine for it, and kernels in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coursekit.grading import cell, mutant
from coursekit.grading.engine import Engine
from coursekit.grading.grade import grade
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.project import Project, find
from coursekit.grading.protocol import Job
from coursekit.grading.verdict import Verdict
from tests.coursekit.grading import sample
from tests.coursekit.grading.kernel import Kernel

Grade = Callable[..., Verdict]
Start = Callable[[], Kernel]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The sample project."""
    return find(sample.write(tmp_path_factory.mktemp("sample") / "project"))


@pytest.fixture(scope="session")
def engine(project: Project) -> Iterator[Engine]:
    """An engine of the sample project."""
    engine = Engine(project)
    yield engine
    engine.close()


@pytest.fixture
def grade_cell(engine: Engine, project: Project) -> Grade:
    """Grade a cell of the sample project, for exercise 1.1 unless another is named."""

    def graded(text: str, exercise: str = "1.1") -> Verdict:
        mutants = mutant.of_exercise(mutant.load(project.mutants), exercise)
        return grade(engine, job_of(text), exercise, mutants)

    return graded


@pytest.fixture
def run_job(engine: Engine) -> Callable[[Job], JobOutcome]:
    """Run one job."""

    def run(job: Job) -> JobOutcome:
        result = JobOutcome(job)
        for event in engine.run([job]):
            result.add(event)
        return result

    return run


def job_of(text: str) -> Job:
    """Return the job of a cell without earlier ones."""
    return Job(cell.module(text, cell.parse(text), [], "").text)


@pytest.fixture(scope="module")
def kernel(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in the sample project, shared by the tests of a file."""
    kernel = Kernel(project.root, tmp_path_factory.mktemp("kernel") / "tmp")
    yield kernel
    kernel.close()


@pytest.fixture
def start_kernel(project: Project, tmp_path: Path) -> Iterator[Start]:
    """Start kernels of a test's own in the sample project, with one folder for temporary files."""
    kernels: list[Kernel] = []

    def start() -> Kernel:
        kernels.append(Kernel(project.root, tmp_path / "tmp"))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()

"""The limit of time on the wall, for tests that use no processor time while they wait."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from coursekit.grading import engine as engines
from coursekit.grading import limits
from coursekit.grading.engine import Engine
from coursekit.grading.grade import grade
from coursekit.grading.mutant import load, of_exercise
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.project import Project
from coursekit.grading.protocol import Job
from coursekit.grading.verdict import Step
from tests.coursekit.grading.conftest import job_of

TOP = "%%ipytest\nimport signal, time\nfrom pool import run_all\n"
IMPATIENT = (
    "from coursekit.grading import limits, session; limits.WALL_SECONDS = 0.5; session.main()"
)


@pytest.fixture
def impatient(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine whose server waits half a second where others wait 20."""
    start = subprocess.Popen

    def popen(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        python, _, _, *arguments = command
        return start([python, "-c", IMPATIENT, *arguments], **options)

    monkeypatch.setattr(engines.subprocess, "Popen", popen)
    monkeypatch.setattr(limits, "WALL_SECONDS", 0.5)  # as this process says it
    engine = Engine(project)
    yield engine
    engine.close()


def outcome(engine: Engine, job: Job) -> JobOutcome:
    result = JobOutcome(job)
    for event in engine.run([job]):
        result.add(event)
    return result


def test_a_blocking_wait_is_stopped_with_its_line_and_the_others_run(impatient: Engine) -> None:
    text = f"{TOP}def test_a():\n    time.sleep(600)\n\ndef test_b(): pass\n"
    waits, other = outcome(impatient, job_of(text)).outcomes[0].tests.values()
    assert waits.reason == "still running after 0.5 s"
    assert waits.failure["at"] == "cell:5"
    assert other.outcome == "passed"


def test_a_test_that_holds_off_every_signal_is_stopped_all_the_same(impatient: Engine) -> None:
    text = (
        f"{TOP}def test_a():\n    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))\n"
        "    time.sleep(600)\n"
    )
    result = outcome(impatient, job_of(text))
    assert result.outcomes[0].failures[0].limit == "time"


def test_each_test_has_the_time_for_itself(impatient: Engine) -> None:
    tests = "".join(f"def test_{n}():\n    time.sleep(0.2)\n" for n in range(5))
    assert outcome(impatient, job_of(TOP + tests)).outcomes[0].passed


def test_a_graded_cell_that_waits_on_the_worker_as_it_is_fails_there(
    impatient: Engine, project: Project
) -> None:
    job = job_of(f"{TOP}def test_a():\n    time.sleep(600)\n")
    verdict = grade(impatient, job, "1.1", of_exercise(load(project.mutants), "1.1"))
    assert verdict.step is Step.FAILS

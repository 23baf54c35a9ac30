"""Jobs asked for and heard to their end, or given up in the middle."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from coursekit.grading.asking import Asker
from coursekit.grading.engine import Engine, EngineError
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.project import Project, find
from coursekit.grading.protocol import Event
from tests.coursekit.grading import sample
from tests.coursekit.grading.conftest import job_of

JOB = job_of("def test_a():\n    assert 1\n")


def test_an_interrupt_between_two_events_leaves_the_engine_free(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: JobOutcome, event: Event) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(JobOutcome, "add", interrupted)
        with pytest.raises(KeyboardInterrupt) as kept:
            Asker(engine).once_more(JOB)
    assert kept.value.__traceback__ is not None  # it holds every frame, as the notebook does
    outcomes: list[JobOutcome] = []
    next_cell = threading.Thread(
        target=lambda: outcomes.append(Asker(engine).once_more(JOB)), daemon=True
    )
    next_cell.start()
    next_cell.join(timeout=20)
    assert outcomes
    assert outcomes[0].outcomes[0].passed


def test_what_an_interrupt_in_the_clean_up_left_running_ends_before_the_next_cell(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    server = engine._process
    assert server is not None
    with monkeypatch.context() as patched:
        patched.setattr(JobOutcome, "add", interrupted)
        patched.setattr(Engine, "_cancel", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Asker(engine).once_more(job_of("import time\ndef test_a():\n    time.sleep(600)\n"))
    left = psutil.Process(server.pid).children(recursive=True)
    assert left
    assert Asker(engine).once_more(JOB).outcomes[0].passed
    _, running = psutil.wait_procs(left, timeout=20)
    assert not running


def test_what_is_not_waited_for_any_more_is_ended(engine: Engine) -> None:
    fails = job_of("def test_a():\n    assert 0\n")
    waits = job_of("import time\ndef test_a():\n    time.sleep(600)\n")
    first, second = Asker(engine).run([fails, waits], while_first_holds=True)
    assert first.outcomes[0].failures
    # How far the second one came is the machine's choice; it has no result.
    heard = [test.outcome for outcome in second.outcomes for test in outcome.tests.values()]
    assert heard in ([], ["unfinished"])
    assert Asker(engine).once_more(JOB).outcomes[0].passed


def test_settings_that_pytest_refuses_at_its_start_are_shown(tmp_path: Path) -> None:
    engine = Engine(project_with('minversion = "99"', tmp_path))
    with closing(engine), pytest.raises(EngineError) as refused:
        Asker(engine).once_more(JOB)
    said = str(refused.value)
    assert said.startswith("pytest cannot start with the settings of this project:")
    assert "requires pytest-99" in said


def test_settings_that_pytest_refuses_after_collecting_are_shown(tmp_path: Path) -> None:
    settings = "strict_config = true\nno_such_setting = 1"
    with closing(Engine(project_with(settings, tmp_path))) as engine:
        unreadable = Asker(engine).once_more(JOB).unreadable
    assert unreadable is not None
    assert unreadable["text"] == ["E   UsageError: Unknown config option: no_such_setting"]


def project_with(settings: str, folder: Path) -> Project:
    root = sample.write(folder / "project")
    (root / "pyproject.toml").write_text(f"[tool.pytest.ini_options]\n{settings}\n")
    return find(root)

"""Jobs asked for and heard to their end, or given up in the middle."""

from __future__ import annotations

import threading

import pytest

from coursekit.grading.asking import Asker
from coursekit.grading.engine import Engine
from coursekit.grading.outcome import JobOutcome
from coursekit.grading.protocol import Event
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


def test_what_is_not_waited_for_any_more_is_ended(engine: Engine) -> None:
    fails = job_of("def test_a():\n    assert 0\n")
    waits = job_of("import time\ndef test_a():\n    time.sleep(600)\n")
    first, second = Asker(engine).run([fails, waits], while_first_holds=True)
    assert first.outcomes[0].failures
    assert not second.outcomes or second.outcomes[0].tests["test_a"].outcome == "unfinished"
    assert Asker(engine).once_more(JOB).outcomes[0].passed

"""What the engine and the server say to each other: jobs one way, events the other, as JSON lines.

A job is one cell against one version of the worker. Its child collects the cell once and then
makes the job's runs one after the other, each in a child of its own. Events of a job, in this
order:

    {"event": "collected", "tests": [...]}         or {"event": "unreadable", "at": "cell:8", ...}
    {"event": "run", "pid": 71}                    a run begins; its tests follow
    {"event": "start", "test": "test_a"}
    {"event": "report", "test": "test_a", "when": "call", "outcome": "failed", ...}
    {"event": "over", "whole": true, "status": 0}  the run's process ended; whole: at its end
    {"event": "together", "tests": [...]}          all of `together` passed, in one process
    {"event": "done", "whole": true, "why": null}  the job ended; why: the limit it met, if any
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run of the collected tests.

    `schedule` is the seed of the order of runnable tasks (None: as asyncio orders them),
    `numbers` the seed of `random`; `reverse` runs the tests last to first; `only` names a single
    test.
    """

    schedule: int | None = None
    numbers: int = 0
    reverse: bool = False
    only: str | None = None


@dataclass(frozen=True)
class Job:
    """One cell against one version of the worker.

    `source` is the text of the test module, `earlier` that of a module with the names it takes from
    earlier cells; `folder` is where the cell lies, from the project's root, and `shown` what the
    reader calls it. `mutant` holds the fields of a Mutant. With `until_failure` the runs end with
    the first that fails and each stops at its first failing test, which is run again to see that
    it fails again. The runs of `together` follow, in one process as long as every test passes
    there. `numbers` is the seed of `random` while the cell is imported, `processor_seconds` the
    limit of each test.
    """

    source: str
    earlier: str = ""
    folder: str = ""
    shown: str = "cell"
    mutant: dict[str, Any] | None = None
    runs: tuple[Run, ...] = (Run(),)
    together: tuple[Run, ...] = ()
    numbers: int = 0
    until_failure: bool = False
    processor_seconds: float = 3.0
    keyword: str = ""
    timeline: bool = False
    show_output: bool = False
    number: int = field(default=0, compare=False)


def encode(value: Any) -> bytes:
    """Return `value` as one line of JSON."""
    return json.dumps(value, ensure_ascii=True).encode() + b"\n"


def encode_job(job: Job) -> bytes:
    """Return a job as the line the server reads."""
    return encode({"job": asdict(job)})


def decode_job(data: dict[str, Any]) -> Job:
    """Return the job that `encode_job` wrote."""
    runs, together = (tuple(Run(**run) for run in data.pop(key)) for key in ("runs", "together"))
    return Job(runs=runs, together=together, **data)


class Events:
    """The end of a pipe that a child writes its events to."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def send(self, **event: Any) -> None:
        """Write one event whole, however long it is."""
        data = memoryview(encode(event))
        while data:
            data = data[os.write(self.descriptor, data) :]

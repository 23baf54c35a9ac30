"""A job that runs: what its child says, the time its tests take, what it uses."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from coursekit.grading import limits, reaping
from coursekit.grading.protocol import Event, Job

GRACE = 0.3
"""Seconds between the signal that makes a run say where it is and the one that kills it."""


class RunningJob:
    """The server's side of one child."""

    def __init__(self, job: Job, pid: int, reader: int, folder: Path) -> None:
        self.job = job
        self.pid = pid
        self.reader = reader
        self.folder = folder
        self.run: int | None = None
        self.why: str | None = None
        self.whole = False
        self.deadline = time.monotonic() + limits.WALL_SECONDS
        self.unread = b""
        os.set_blocking(reader, False)

    def read(self) -> list[Event]:
        """Return the events that have arrived, each with the number of its job."""
        try:
            data = os.read(self.reader, 1 << 20)
        except BlockingIOError:
            return []
        *lines, self.unread = (self.unread + data).split(b"\n")
        events = [event for line in lines if line for event in [self._event(line)] if event]
        return [{**event, "job": self.job.number} for event in events]

    def _event(self, line: bytes) -> Event | None:
        try:
            event: Event = json.loads(line)
        except ValueError:  # what faulthandler writes when a limit of time ends a run
            return {"event": "stack", "text": line.decode(errors="replace")}
        self.deadline = time.monotonic() + limits.WALL_SECONDS
        if event["event"] == "run":
            self.run = event["pid"]
        if event["event"] == "over":
            self.run = None
            if self.why is not None:
                event["why"], self.why = self.why, None
        return event

    def look(self) -> None:
        """Stop what is over a limit."""
        now = time.monotonic()
        if now > self.deadline + GRACE:
            self.kill("time")
        elif now > self.deadline and self.why is None:
            self.why = "time"
            os.kill(self.run or self.pid, signal.SIGPROF)
        else:
            self._look_at_processes()

    def _look_at_processes(self) -> None:
        if self.run is None:
            return
        family = reaping.descendants(self.pid)
        if len(family) > limits.PROCESSES:
            self._end_run("processes")
        elif reaping.hold_more_than(limits.MEMORY_BYTES_TOGETHER, family):
            self._end_run("memory")

    def _end_run(self, why: str) -> None:
        self.why = why
        if self.run is not None:
            reaping.kill_tree(self.run)

    def kill(self, why: str) -> None:
        """Kill the child with all that it started."""
        self.why = why
        reaping.kill_tree(self.pid)

    def done(self, status: int) -> Event:
        """Return the last event of the job, whose child ended with `status`."""
        return {
            "event": "done",
            "job": self.job.number,
            "whole": status == 0,
            "status": status,
            "why": self.why,
        }

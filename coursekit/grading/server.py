"""A process that holds a configured pytest session and forks a child for each job it is sent.

Started by `engine` through `session`. It reads jobs from its standard input, a JSON line each, and
writes events to its standard output. Nothing of the project is imported before a fork: neither
conftest.py nor the worker. It leaves when its input ends, so it never outlives the kernel that
started it, and takes its children and their files along.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
from collections import deque
from pathlib import Path

import pytest

from coursekit.grading import folder, reaping
from coursekit.grading.child import Child
from coursekit.grading.jobs import RunningJob
from coursekit.grading.protocol import Job, decode_job, encode

AT_ONCE = max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
"""Jobs that run at the same time."""

LOOK_EVERY = 0.2
"""Seconds between two looks at the memory and number of processes of what runs."""

LOOK_FOR_PARENT_EVERY = 2.0
"""Seconds between two looks for the process that started this one, while nothing runs.

The input does not end with that process if another inherited its end of the pipe.
"""


class Server:
    """A pytest plugin whose collection waits for jobs; it goes on only in a forked child."""

    def __init__(self, root: Path, parent: int, preload: list[str], jobs: int, events: int) -> None:
        self.root = root
        self.parent = parent
        self.preload = preload
        self.input = jobs
        self.output = events
        self.unread = b""
        self.waiting: deque[Job] = deque()
        self.running: dict[int, RunningJob] = {}
        self.pid = os.getpid()
        self.folder = Path()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Serve until a fork makes this process the child of a job, which pytest then collects."""
        self.serve()
        self.becoming.prepare(session.config)

    def serve(self) -> None:
        """Run jobs; return in a forked child only. At the end of input the process ends here."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        reaping.adopt_orphans()
        self.woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self.woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for end in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(end, lambda *_: self._leave())
        self.folder = folder.make()
        self.say({"event": "ready", "pid": os.getpid()})
        folder.sweep()
        while True:
            while self.waiting and len(self.running) < AT_ONCE:
                while self.preload and self.running:
                    self._import_early()  # the first job does not wait for it, the others gain
                if not self._start(self.waiting.popleft()):
                    return
            if self.preload and not self.running and not select.select([self.input], [], [], 0)[0]:
                self._import_early()
            else:
                self._wait()

    def say(self, event: dict[str, object]) -> None:
        """Write one event to the engine; leave if it is gone."""
        data = memoryview(encode(event))
        try:
            while data:
                data = data[os.write(self.output, data) :]
        except BrokenPipeError:
            self._leave()

    def _import_early(self) -> None:
        """Import the next of the modules that save each child the import."""
        with contextlib.suppress(ImportError):
            importlib.import_module(self.preload.pop(0))
        if not self.preload:
            gc.collect()
            gc.freeze()

    def _start(self, job: Job) -> bool:
        reader, writer = os.pipe()
        parent = os.getpid()
        place = self.folder / f"job-{job.number}"
        place.mkdir()
        pid = os.fork()
        if pid:
            os.close(writer)
            self.running[pid] = RunningJob(job, pid, reader, place)
            return True
        for descriptor in (self.input, self.output, self.woken, reader):
            os.close(descriptor)
        for other in self.running.values():
            os.close(other.reader)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        reaping.end_with_parent(parent)
        self.becoming = Child(job, self.root, place, writer)
        return False

    def _wait(self) -> None:
        readers = {job.reader: job for job in self.running.values()}
        timeout = LOOK_EVERY if self.running else LOOK_FOR_PARENT_EVERY
        ready, _, _ = select.select([self.input, self.woken, *readers], [], [], timeout)
        for descriptor in ready:
            if descriptor == self.input:
                self._read_input()
            elif descriptor in readers:
                self._pass_on(readers[descriptor])
        if self.woken in ready:
            os.read(self.woken, 4096)
            self._reap()
        for job in self.running.values():
            job.look()
        if os.getppid() != self.parent:
            self._leave()

    def _read_input(self) -> None:
        data = os.read(self.input, 1 << 20)
        if not data:
            self._leave()
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "job" in order:
                self.waiting.append(decode_job(order["job"]))
            else:
                self._cancel(order["cancel"])

    def _cancel(self, numbers: list[int]) -> None:
        for job in [job for job in self.waiting if job.number in numbers]:
            self.waiting.remove(job)
            self.say({"event": "done", "job": job.number, "whole": False, "why": "cancelled"})
        for running in self.running.values():
            if running.job.number in numbers:
                running.kill("cancelled")

    def _pass_on(self, job: RunningJob) -> None:
        for event in job.read():
            self.say(event)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self.running.pop(pid, None)
            if job is None:
                continue  # an orphan of a child, adopted and ended
            self._pass_on(job)
            reaping.kill_descendants(os.getpid(), spare=frozenset(self.running))
            folder.remove(job.folder)
            os.close(job.reader)
            self.say(job.done(os.waitstatus_to_exitcode(status)))

    def _leave(self) -> None:
        self.clean_up()
        os._exit(0)

    def clean_up(self) -> None:
        """End all that runs and remove its files; do nothing in a fork."""
        if os.getpid() == self.pid and self.folder != Path():
            reaping.kill_descendants(self.pid)
            folder.remove(self.folder)

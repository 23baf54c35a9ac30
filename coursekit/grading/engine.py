"""The asking side of the server: starts it, sends jobs, hears events, survives its death."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from dataclasses import replace

from coursekit.grading.project import Project
from coursekit.grading.protocol import Event, Job, encode, encode_job


class EngineError(Exception):
    """The server cannot run; the message says why and what to do next."""


class Engine:
    """One server process, started at once and in the background; used by one cell at a time.

    `hash_seed` is that of the process's hashes: it orders sets, the same way every time.
    """

    def __init__(self, project: Project, hash_seed: int = 0) -> None:
        self.project = project
        self.hash_seed = hash_seed
        self.restarted = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, as long-lived as the engine
        self._last_number = 0
        self._open: set[int] = set()  # the jobs that were sent and are not known to have ended
        atexit.register(self.close)
        self._start()

    def run(self, jobs: Sequence[Job]) -> Generator[Event, None, None]:
        """Send jobs and yield their events until all are done; "job" is a job's place in `jobs`.

        If the caller stops early, or is interrupted, what still runs is ended first. If the
        server dies it is started again, once, and all jobs run anew after an event "restarted".
        Raises EngineError.
        """
        with self._lock:
            if self._open:  # an interrupt came while those of an earlier cell were being ended
                self._start()
            try:
                yield from self._attempt(jobs)
                return
            except _ServerDiedError:
                self._start()
            self.restarted = True
            yield {"event": "restarted"}
            try:
                yield from self._attempt(jobs)
            except _ServerDiedError:
                self._start()
                raise EngineError(
                    "The process that runs the tests was killed twice while it ran these.\n"
                    "Do they kill other processes, or use up the machine's memory?"
                ) from None

    def close(self) -> None:
        """End the server and all that it runs, for good."""
        atexit.unregister(self.close)
        self._end()
        self._errors.close()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()  # end of input: it kills its children and leaves
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def _start(self) -> None:
        self._end()
        self._open.clear()
        self._errors.seek(0)
        self._errors.truncate()
        root = self.project.root
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "coursekit.grading.session"),
                *(str(root), str(os.getpid()), *self.project.preload),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=root,
            env=_environment(self.hash_seed),
            # The kernel's interrupts are not for it; that the kernel has ended it sees by itself.
            start_new_session=True,
        )

    def _attempt(self, jobs: Sequence[Job]) -> Generator[Event, None, None]:
        numbers = {
            self._last_number + position: position - 1 for position in range(1, len(jobs) + 1)
        }
        self._last_number += len(jobs)
        self._open = set(numbers)
        try:
            self._send(
                b"".join(
                    encode_job(replace(jobs[position], number=number))
                    for number, position in numbers.items()
                )
            )
            while self._open:
                event = self._receive()
                number = event.get("job")
                if number not in self._open:
                    continue  # "ready", or what an interrupted request left over
                if event["event"] == "done":
                    self._open.remove(number)
                yield {**event, "job": numbers[number]}
        finally:
            if self._open:
                self._cancel()

    def _send(self, data: bytes) -> None:
        if self._process is None or self._process.poll() is not None:
            self._why_it_never_ran()
            raise _ServerDiedError
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            raise _ServerDiedError from None

    def _receive(self) -> Event:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            self._why_it_never_ran()
            raise _ServerDiedError
        event: Event = json.loads(line)
        return event

    def _why_it_never_ran(self) -> None:
        # pytest itself refused the project's settings: starting it again would not help.
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        if self._process is not None and self._process.wait() > 0 and said:
            raise EngineError(
                f"pytest cannot start with the settings of this project:\n{said[-800:]}"
            )

    def _cancel(self) -> None:
        try:
            self._send(encode({"cancel": sorted(self._open)}))
            while self._open:
                event = self._receive()
                if event["event"] == "done":
                    self._open.discard(event["job"])
        except (_ServerDiedError, KeyboardInterrupt):
            # A second interrupt: the reader wants out now, and a new server is clean.
            self._start()


class _ServerDiedError(Exception):
    pass


def _environment(hash_seed: int) -> dict[str, str]:
    keep = {
        name: value
        for name, value in os.environ.items()
        # Set by a pytest or pytest-xdist that this process itself runs under; under CI pytest
        # shortens less.
        if name not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "CI", "BUILD_NUMBER")
        and not name.startswith("PYTEST_XDIST")
    }
    return {**keep, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": str(hash_seed)}

"""The lines that were not done, in files beside the input; nothing in them is lost on the way."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from finance_lending_worker.program.lines import STANDARD_INPUT, Line


class Leftovers:
    """A file of entries, one a line, each made of a line of the input.

    Entries from earlier runs stay, but for those whose input line this run has read: that line has
    its fate now. All is written to a file aside, which takes the place of the old one in save().

    Args:
        path: the file; it is made when there is an entry, and goes when there is none.
        source: gives the input line of an entry.

    Raises:
        OSError: by any method: the file cannot be read, or its folder cannot be written.
    """

    def __init__(self, path: Path, source: Callable[[bytes], bytes]) -> None:
        self.path = path
        self.count = 0  # of the entries of this run
        self._aside = path.with_name(f".{path.name}.{os.getpid()}")
        self._new: BinaryIO | None = None
        with tempfile.TemporaryFile(dir=path.parent):
            pass  # better to fail now than with lines in hand
        before = path.read_bytes().splitlines() if path.exists() else []
        self._existed = path.exists()
        self._before = {source(entry): entry for entry in before if entry.strip()}

    def read(self, line: Line) -> None:
        """This run will decide the fate of a line."""
        self._before.pop(line.raw, None)

    def add(self, entry: bytes) -> None:
        """Keep an entry."""
        self._write(entry)
        self.count += 1

    def save(self) -> None:
        """Put the file in its place; it survives a power cut."""
        for entry in self._before.values():
            self._write(entry)
        if self._new is None:
            if self._existed:
                self.path.unlink()
            return
        self._new.flush()
        os.fsync(self._new.fileno())
        self._new.close()
        os.replace(self._aside, self.path)

    def _write(self, entry: bytes) -> None:
        if self._new is None:
            self._new = open(self._aside, "wb")  # noqa: SIM115
        self._new.write(entry + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._new is not None:
            self._new.close()
            with suppress(FileNotFoundError):
                self._aside.unlink()


class Unfinished(Leftovers):
    """The lines of jobs that were not done, as they were: input for another run."""

    def __init__(self, jobs: str) -> None:
        super().__init__(_beside(jobs, "unfinished"), source=lambda entry: entry)

    def add_line(self, line: Line) -> None:
        """Keep a line."""
        self.add(line.raw)


class Failed(Leftovers):
    """The lines that no run will decide: JSON with `line`, its number, `reason` and `job`."""

    def __init__(self, jobs: str) -> None:
        super().__init__(_beside(jobs, "failed"), source=_job_text)

    def add_line(self, line: Line, reason: str) -> None:
        """Keep a line and why it failed."""
        job = line.raw.decode(errors="surrogateescape")
        self.add(json.dumps({"line": line.number, "reason": reason, "job": job}).encode())


def _beside(jobs: str, kind: str) -> Path:
    path = Path("jobs") if jobs == STANDARD_INPUT else Path(jobs)
    return path.with_name(f"{path.stem}.{kind}.jsonl")


def _job_text(entry: bytes) -> bytes:
    try:
        return str(json.loads(entry)["job"]).encode(errors="surrogateescape")
    except (ValueError, LookupError, TypeError):
        return entry  # not ours: it stays

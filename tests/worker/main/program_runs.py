"""A folder with jobs, and the program run in it as a process of its own."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

COMMAND = [sys.executable, "-m", "finance_lending_worker"]
PATIENCE = 60  # seconds, for a busy machine

# Runs the program, and sends it a signal at the moment when it begins to import its slow part.
STOPPED_EARLY = """
import os, runpy, signal, sys

class Stopper:
    def find_spec(self, name, *_):
        if name == "finance_lending_worker.program.command":
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Stopper())
runpy.run_module("finance_lending_worker", run_name="__main__", alter_sys=True)
"""


class Folder:
    """Jobs, and what the program made of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._processes: list[subprocess.Popen[bytes]] = []

    def write(self, name: str, *lines: str) -> list[str]:
        """Write the lines of a file and return them."""
        (self.path / name).write_text("".join(f"{line}\n" for line in lines))
        return list(lines)

    def lines(self, name: str) -> list[str]:
        """The lines of a file; none if there is no such file."""
        file = self.path / name
        return file.read_text().splitlines() if file.exists() else []

    def failures(self, name: str = "jobs.failed.jsonl") -> dict[int, str]:
        """The reason of each failed line, by its number."""
        entries = [json.loads(line) for line in self.lines(name)]
        return {entry["line"]: entry["reason"] for entry in entries}

    def decisions(self, db: str = "loans.sqlite3") -> dict[str, bool]:
        """The decisions in the database, by loan."""
        with closing(sqlite3.connect(self.path / db)) as connection:
            rows = connection.execute("SELECT loan_id, approved FROM decisions").fetchall()
            return {loan_id: bool(approved) for loan_id, approved in rows}

    def names(self) -> set[str]:
        """The names of all files."""
        return {file.name for file in self.path.iterdir()}

    def run(
        self, *arguments: str, stdin: bytes | int = subprocess.DEVNULL, stopped_early: bool = False
    ):
        """Run the program to its end; if `stopped_early`, SIGTERM comes while it is loaded."""
        command = [sys.executable, "-c", STOPPED_EARLY] if stopped_early else COMMAND
        source = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
        return subprocess.run(
            [*command, *arguments],
            cwd=self.path,
            stderr=subprocess.PIPE,
            text=not isinstance(stdin, bytes),
            timeout=PATIENCE,
            **source,
        )

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Begin to run the program; it is killed at the end of the test."""
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=self.path, stdin=stdin, stderr=subprocess.PIPE
        )
        self._processes.append(process)
        return process

    def working(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Begin to run the program; return when it has decided some jobs."""
        process = self.start(*arguments, stdin=stdin)
        assert process.stderr is not None
        for line in process.stderr:
            if b" decided" in line and b" 0 decided" not in line:
                return process
        raise AssertionError("it ended before it showed progress")

    def end(self) -> None:
        """Kill what still runs."""
        for process in self._processes:
            process.kill()
            process.communicate()


def job(number: int, **fields: object) -> str:
    """A job in JSON; a field that is None is left out."""
    fields = {"loan_id": f"loan-{number}", "user_id": "user-123", "amount": 5000} | fields
    return json.dumps({name: value for name, value in fields.items() if value is not None})

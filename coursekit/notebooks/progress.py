"""What the learner has reached in each exercise: the best verdict and the latest one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import platformdirs

from coursekit.notebooks.course import CourseError, find_root
from coursekit.notebooks.learner import is_learner_session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

NAME = ".progress.sqlite3"
LOCK_WAIT = 5.0  # seconds to wait while another kernel writes

TABLE = """
CREATE TABLE IF NOT EXISTS progress (
    exercise TEXT PRIMARY KEY,
    caught INTEGER NOT NULL, total INTEGER NOT NULL, solved INTEGER NOT NULL,
    best_caught INTEGER NOT NULL, best_total INTEGER NOT NULL, best_solved INTEGER NOT NULL
)"""


@dataclass(frozen=True)
class Result:
    """One verdict: bugs caught, bugs in all, and whether the exercise counts as solved."""

    caught: int
    total: int
    solved: bool

    def better_of(self, earlier: Result) -> Result:
        """Return the better one; one against another number of bugs says nothing about these."""
        if earlier.total != self.total:
            return self
        return max(self, earlier, key=lambda result: (result.solved, result.caught))


@dataclass(frozen=True)
class Reached:
    """The latest verdict on an exercise and the best one so far."""

    latest: Result
    best: Result


def record(root: Path, exercise: str, caught: int, total: int, solved: bool) -> None:
    """Keep a learner's verdict; do nothing when no learner is in front (`is_learner_session`).

    Safe from several kernels at once. Never raises: what cannot be saved is said in one line.
    """
    if not is_learner_session():
        return
    latest = Result(caught, total, solved)
    path = _place(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _opened(path) as database:
            database.execute(TABLE)
            database.execute("BEGIN IMMEDIATE")  # nobody writes between our reading and writing
            before = _rows(database).get(exercise)
            best = latest.better_of(before.best) if before else latest
            database.execute(
                "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?, ?)",
                (exercise, *astuple(latest), *astuple(best)),
            )
            database.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        print(f"(Your progress was not saved in {path.name}: {error}.)")


def read(root: Path) -> dict[str, Reached]:
    """Return what was reached, by exercise; nothing when nothing was recorded yet.

    Raises CourseError for a file that is no progress file.
    """
    path = _place(root)
    if not path.exists():
        return {}
    try:
        with _opened(path, "?mode=ro") as database:
            return _rows(database)
    except sqlite3.Error as error:
        raise CourseError(
            f"{path.name} cannot be read ({error}). Delete it to start anew."
        ) from None


def _place(root: Path) -> Path:
    """The file COURSEKIT_PROGRESS names, else one in the course's folder or the user's data."""
    if named := os.environ.get("COURSEKIT_PROGRESS"):
        return Path(named).absolute()
    if os.access(root, os.W_OK):
        return root.absolute() / NAME
    return platformdirs.user_data_path("asyncio-testing-course") / NAME


@contextmanager
def _opened(path: Path, mode: str = "") -> Iterator[sqlite3.Connection]:
    # The default journal leaves no file behind; a write-ahead log would.
    where = f"file:{quote(path.as_posix())}{mode}"
    database = sqlite3.connect(where, uri=True, timeout=LOCK_WAIT, isolation_level=None)
    with closing(database):
        yield database


def _rows(database: sqlite3.Connection) -> dict[str, Reached]:
    rows = database.execute("SELECT * FROM progress").fetchall()
    return {row[0]: Reached(_result(*row[1:4]), _result(*row[4:7])) for row in rows}


def _result(caught: int, total: int, solved: int) -> Result:
    return Result(caught, total, bool(solved))


def register(shell: InteractiveShell) -> None:
    """Add the line magic `%progress`: the table of all exercises with bars."""
    from IPython.display import display

    from coursekit.notebooks.progress_table import of_this_kernel

    def show(_line: str) -> None:
        try:
            shown = of_this_kernel(find_root(Path.cwd()))
        except CourseError as error:
            print(error)
        else:
            forms = {"text/plain": str(shown), "text/html": shown._repr_html_()}
            display(forms, raw=True)  # type: ignore[no-untyped-call]

    shell.magics_manager.register_function(show, "line", "progress")

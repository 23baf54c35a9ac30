"""`python -m coursekit execute`: run notebooks again and keep them in their one form."""

from __future__ import annotations

import asyncio
import copy
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from nbformat import NotebookNode

from coursekit.notebooks import notebook_file
from coursekit.notebooks.course import CourseError, find_root
from coursekit.notebooks.execution import run
from coursekit.notebooks.normalising import normalise
from coursekit.notebooks.refusals import complaints

KERNELS_AT_ONCE = 2
# nbval does not compare such a cell, whose output depends on the Python; here the first one stays.
IGNORED = "nbval-ignore-output"


@dataclass(frozen=True)
class Outcome:
    """What one notebook came to: refused with reasons, or its new text beside the old one."""

    path: Path
    seconds: float
    refusals: tuple[str, ...] = ()
    old: str = ""
    new: str = ""
    difference: str = ""

    @property
    def changed(self) -> bool:
        """Whether the file's text is no longer what running it gives."""
        return self.old != self.new


def execute(paths: list[Path], *, check: bool) -> int:
    """Run the notebooks of `paths` (files or folders), two at a time; return the exit status.

    Writes each one that changed; with `check` it writes nothing and 1 means that one would change.
    A notebook that is refused stays as it is, and the status is 1. Raises CourseError for a path
    that is no notebook.
    """
    return asyncio.run(_execute(list(notebooks_in(paths)), check))


def notebooks_in(paths: list[Path]) -> Iterable[Path]:
    """Yield the notebooks of files and folders; without any, those of notebooks/ and solutions/.

    Raises CourseError for a path that does not exist or a file that is no notebook.
    """
    if not paths:
        root = find_root(Path.cwd())
        paths = [root / name for name in ("notebooks", "solutions") if (root / name).is_dir()]
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*.ipynb"))
            yield from (p for p in inside if ".ipynb_checkpoints" not in p.parts)
        elif path.suffix == ".ipynb" and path.exists():
            yield path
        else:
            raise CourseError(f"{path} is neither a notebook nor a folder. Name an .ipynb file.")


async def _execute(paths: list[Path], check: bool) -> int:
    slots = asyncio.Semaphore(KERNELS_AT_ONCE)
    status = 0
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_outcome(path, slots, check)) for path in paths]
        for task in tasks:  # told in the order of the files, whichever is done first
            outcome = await task
            _tell(outcome, check)
            status |= bool(outcome.refusals) or (check and outcome.changed)
    return int(status)


async def _outcome(path: Path, slots: asyncio.Semaphore, check: bool) -> Outcome:
    async with slots:
        start = perf_counter()
        try:
            job = Job.read(path)
            await run(job.notebook, job.folder)
            outcome = job.outcome(perf_counter() - start)
            if outcome.changed and not check:
                notebook_file.write(path, outcome.new)
        except CourseError as error:
            return Outcome(path, perf_counter() - start, refusals=(str(error),))
        return outcome


@dataclass(frozen=True)
class Job:
    """One notebook to run: what the file holds and the copy that gets the new outputs."""

    path: Path
    folder: Path
    text: str
    before: NotebookNode
    notebook: NotebookNode

    @classmethod
    def read(cls, path: Path) -> Job:
        """Read the file. Raises CourseError when it is damaged."""
        before = notebook_file.read(path)
        notebook = copy.deepcopy(before)
        normalise(notebook)
        text = path.read_bytes().decode("utf-8")
        return cls(path, path.resolve().parent, text, before, notebook)

    def outcome(self, seconds: float) -> Outcome:
        """Judge the notebook once it has run."""
        normalise(self.notebook)
        if refusals := complaints(self.notebook, self.folder):
            return Outcome(self.path, seconds, refusals=tuple(refusals))
        for old, new in zip(self.before.cells, self.notebook.cells, strict=True):
            if IGNORED in new.metadata.get("tags", []) and old.outputs:
                new.outputs = old.outputs
        normalise(self.notebook)
        new = notebook_file.to_text(self.notebook)
        difference = _first_difference(self.before, self.notebook)
        return Outcome(self.path, seconds, (), self.text, new, difference)


def _first_difference(before: NotebookNode, after: NotebookNode) -> str:
    """Say where two runs part, in words short enough for the end of a line."""
    number = 0
    for old, new in zip(before.cells, after.cells, strict=True):
        number += new.cell_type == "code"
        for key in ("source", "metadata", "execution_count", "outputs"):
            if old.get(key) != new.get(key):
                where = f"code cell {number}" if new.cell_type == "code" else f"cell {new.id}"
                return f"{where}, {key.replace('_', ' ')}"
    return "metadata of the notebook" if before.metadata != after.metadata else "layout"


def _tell(outcome: Outcome, check: bool) -> None:
    name = os.path.relpath(outcome.path)
    for refusal in outcome.refusals:
        print(f"refused       {name}: {refusal.removeprefix(f'{outcome.path} ')}")
    if outcome.refusals:
        return
    words = ("would change" if check else "changed") if outcome.changed else "same"
    where = f"  first in {outcome.difference}" if outcome.changed else ""
    print(f"{words:12}  {name}  {outcome.seconds:.1f} s{where}", flush=True)

"""The notebook's door: `%%ipytest` sends the cell away to be run and says what came of it."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import no_var_expand
from IPython.display import display

from coursekit.grading import cell, earlier, html, mutant, options, project, text
from coursekit.grading.asking import Asker
from coursekit.grading.engine import Engine, EngineError
from coursekit.grading.grade import grade
from coursekit.grading.protocol import Job, Run
from coursekit.grading.source import diffs
from coursekit.notebooks import progress

_MISTAKES = (
    cell.CellError,
    mutant.MutantError,
    options.OptionError,
    project.ProjectError,
    EngineError,
)


class Interrupted(KeyboardInterrupt):
    """An interrupt that IPython shows as one line."""

    def _render_traceback_(self) -> list[str]:
        return ["Interrupted. The tests were stopped; the next cell runs as usual."]


class TestCells:
    """The cells of tests of one notebook."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.folder = Path.cwd()
        self.project = project.find(self.folder)
        self.engine = Engine(self.project)

    def run(self, line: str, body: str) -> None:
        """Run the tests of a cell in a process of their own; grade them with `--exercise`."""
        try:
            wanted = options.parse(line)
            self._known(wanted)
            job = self._job(wanted, f"%%ipytest {line}\n{body}")
            if (
                wanted.exercise
                and not wanted.bug
                and wanted.schedule is None
                and not wanted.timeline
            ):
                self._grade(wanted, job)
            else:
                self._run(wanted, job)
        except _MISTAKES as mistake:
            print(mistake)
        except KeyboardInterrupt:
            raise Interrupted from None

    def _known(self, wanted: argparse.Namespace) -> None:
        """Find a mistake in a name before anything runs."""
        if wanted.exercise or wanted.bug:
            self.mutants = mutant.load(self.project.mutants)
        if wanted.exercise:
            mutant.of_exercise(self.mutants, wanted.exercise)
        for name in (*wanted.reveal, *([wanted.bug] if wanted.bug else [])):
            mutant.named(self.mutants, name, wanted.exercise)

    def _job(self, wanted: argparse.Namespace, written: str) -> Job:
        tree = cell.parse(written)
        defined = earlier.definitions(self._earlier_cells())
        names, definitions = earlier.borrow(cell.outside_names(tree), defined, self.shell.user_ns)
        source = cell.module(written, tree, names, definitions)
        root = self.project.root
        inside = self.folder.is_relative_to(root)
        return Job(
            source.text,
            source.earlier,
            folder=str(self.folder.relative_to(root)) if inside else "",
            keyword=wanted.keyword,
            timeline=wanted.timeline,
            show_output=wanted.show_output,
        )

    def _earlier_cells(self) -> Iterator[str]:
        history = self.shell.history_manager
        for parsed in (history.input_hist_parsed if history else [])[1:-1]:
            yield _of_test_cell(parsed) or parsed

    def _grade(self, wanted: argparse.Namespace, job: Job) -> None:
        mutants = mutant.of_exercise(self.mutants, wanted.exercise)
        result = grade(self.engine, job, wanted.exercise, mutants)
        changes = diffs(mutants, self.project.root)
        revealed = {name: changes[name] for name in wanted.reveal}
        show(text.verdict(result, revealed), html.verdict(result, revealed, changes))
        caught, bugs = result.caught, len(result.bugs)
        progress.record(self.project.root, result.exercise, caught, bugs, result.solved)

    def _run(self, wanted: argparse.Namespace, job: Job) -> None:
        job = replace(job, runs=(Run(wanted.schedule, wanted.schedule or 0),))
        if wanted.bug:
            planted = mutant.named(self.mutants, wanted.bug, wanted.exercise)
            job = replace(job, mutant=asdict(planted))
            kind = "correct variant" if planted.equivalent else "bug"
            print(f"with the {kind} {planted.name} in the worker:")
        asker = Asker(self.engine)
        result = asker.once_more(job)
        if asker.restarted:
            print("The process that runs the tests had been killed; it was started again.")
        print(text.plain(result))
        for test in result.outcomes[0].tests.values() if result.outcomes else ():
            for plain, rich in zip(test.pictures[::2], test.pictures[1::2], strict=True):
                show(plain, rich)


def show(plain: str, rich: str) -> None:
    """Display text with its HTML form beside it."""
    display({"text/plain": plain, "text/html": rich}, raw=True)  # type: ignore[no-untyped-call]


def _of_test_cell(parsed: str) -> str | None:
    """Return the body of an earlier `%%ipytest` cell, from the call that IPython made of it."""
    if "run_cell_magic('ipytest'" not in parsed:
        return None
    for node in ast.walk(ast.parse(parsed)):
        if isinstance(node, ast.Call) and len(node.args) == 3:
            body = node.args[2]
            if isinstance(body, ast.Constant) and isinstance(body.value, str):
                return "\n".join(
                    line for line in body.value.split("\n") if not line.startswith(("%", "!"))
                )
    return None


_registered: list[TestCells] = []


def register(shell: InteractiveShell) -> None:
    """Give `shell` the magic `%%ipytest` and start the process that runs the tests.

    Once more, and that process is a new one.
    """
    while _registered:
        _registered.pop().engine.close()
    cells = TestCells(shell)
    _registered.append(cells)

    @no_var_expand
    def ipytest(line: str, body: str) -> None:
        """Run the tests in this cell; `%%ipytest -h` lists the options."""
        cells.run(line, body)

    shell.register_magic_function(ipytest, "cell", "ipytest")  # type: ignore[arg-type]

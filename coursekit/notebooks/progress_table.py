"""The learner's progress as a table: for a terminal, and for JupyterLab with the same words."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from coursekit.notebooks import progress
from coursekit.notebooks.course import CourseError, Exercise, exercises
from coursekit.notebooks.learner import is_learner_session

BAR = 10  # blocks
LONGEST_TITLE = 44


@dataclass(frozen=True)
class Row:
    """One exercise and what the learner has reached in it, or None before the first verdict."""

    exercise: Exercise
    reached: progress.Reached | None

    @property
    def solved(self) -> bool:
        """Whether the best verdict counts as solved."""
        return self.reached is not None and self.reached.best.solved

    @property
    def share(self) -> float:
        """The part of the bugs that the best verdict caught, from 0 to 1."""
        if self.reached is None or self.reached.best.total == 0:
            return float(self.solved)
        return self.reached.best.caught / self.reached.best.total

    @property
    def words(self) -> str:
        """The best verdict in words, and the latest one where it was another."""
        if self.reached is None:
            return "not tried yet"
        best, latest = self.reached.best, self.reached.latest
        words = "solved" if best.solved else f"{best.caught} of {best.total} caught"
        if latest != best:
            words += f", last time {latest.caught} of {latest.total}"
        return words


@dataclass(frozen=True)
class ProgressTable:
    """All exercises of the course in order, with `problems` for what could not be read."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...]

    def summary(self) -> str:
        """Return how many exercises are solved and about how long the others take."""
        solved = sum(row.solved for row in self.rows)
        minutes = sum(row.exercise.minutes for row in self.rows if not row.solved)
        rest = f", about {minutes} minutes to go" if minutes else ""
        return f"{solved} of {len(self.rows)} exercises solved{rest}"

    def __str__(self) -> str:
        names = [_title(row.exercise) for row in self.rows]
        wide = max(map(len, names), default=0)
        lines = [self.summary()]
        for notebook, rows in self._by_notebook():
            lines += ["", notebook]
            for row in rows:
                minutes = f"{row.exercise.minutes:3} min" if row.exercise.minutes else " " * 7
                title = f"{row.exercise.name:4}  {_title(row.exercise):{wide}}"
                lines.append(f"  {title}  {minutes}  {_bar(row.share)}  {row.words}")
        return "\n".join([*lines, *(["", *self.problems] if self.problems else [])])

    def _repr_html_(self) -> str:
        body = ""
        for notebook, rows in self._by_notebook():
            body += HTML_NOTEBOOK.format(notebook=escape(notebook))
            body += "".join(
                HTML_ROW.format(
                    name=escape(row.exercise.name),
                    title=escape(row.exercise.title),
                    minutes=f"{row.exercise.minutes} min" if row.exercise.minutes else "",
                    percent=round(100 * row.share),
                    words=escape(row.words),
                )
                for row in rows
            )
        problems = "".join(f"<p>{escape(problem)}</p>" for problem in self.problems)
        return HTML_TABLE.format(summary=escape(self.summary()), body=body) + problems

    def _by_notebook(self) -> list[tuple[str, list[Row]]]:
        groups = groupby(self.rows, key=lambda row: row.exercise.notebook.stem)
        return [(notebook, list(rows)) for notebook, rows in groups]


def table(root: Path, *, recorded: bool) -> ProgressTable:
    """Return the table of the course at `root`; without `recorded`, that of an untouched course."""
    rows: list[Row] = []
    problems: list[str] = []
    reached: dict[str, progress.Reached] = {}
    try:
        reached = progress.read(root) if recorded else {}
    except CourseError as error:
        problems.append(str(error))
    for notebook in sorted((root / "notebooks").glob("*.ipynb")):
        try:
            rows += [Row(found, reached.get(found.name)) for found in exercises(notebook)]
        except CourseError as error:
            problems.append(str(error).replace(str(notebook), notebook.name))
    return ProgressTable(tuple(rows), tuple(problems))


def of_this_kernel(root: Path) -> ProgressTable:
    """Return the table for a notebook cell.

    A tool that runs the notebook sees an untouched course, so that its output never varies.
    """
    return table(root, recorded=is_learner_session())


def _title(exercise: Exercise) -> str:
    title = exercise.title
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def _bar(share: float) -> str:
    full = int(share * BAR)
    if share and not full:
        full = 1  # something was caught: let it be seen
    return "█" * full + "░" * (BAR - full)


# JupyterLab's own variables follow its theme; the second value serves everywhere else.
HTML_TABLE = """\
<table style="border-collapse:collapse;text-align:left">
<caption style="text-align:left;padding:4px 0;color:inherit">{summary}</caption>
<thead><tr><th scope="col" colspan="2" style="text-align:left">Exercise</th>
<th scope="col" style="text-align:left">Time</th>
<th scope="col" colspan="2" style="text-align:left">Bugs caught</th></tr></thead>
<tbody>{body}</tbody></table>
"""
HTML_NOTEBOOK = """\
<tr><th scope="rowgroup" colspan="5" style="text-align:left;padding-top:8px">{notebook}</th></tr>
"""
HTML_ROW = """\
<tr><td style="text-align:left">{name}</td><td style="text-align:left">{title}</td>
<td style="text-align:left">{minutes}</td>
<td><div style="width:100px;height:10px;border:1px solid var(--jp-ui-font-color2, #757575)">
<div style="width:{percent}%;height:10px;background:var(--jp-brand-color1, #1976d2)"></div>
</div></td><td style="text-align:left">{words}</td></tr>
"""

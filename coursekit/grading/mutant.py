"""A mutant: one exact replacement in the source of one module."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class MutantError(Exception):
    """A mutant file or entry that cannot be used; the message names it and says what to do."""


@dataclass(frozen=True)
class Mutant:
    """A planted bug or, with `equivalent`, a correct variant of the same code.

    `schedules` marks a bug that shows only when the order of runnable tasks is shuffled.
    """

    exercise: str
    name: str
    module: str
    old: str
    new: str
    story: str
    hint: str = ""
    equivalent: bool = False
    schedules: bool = False

    def plant(self, source: str) -> str:
        """Return `source` with the replacement made.

        Raises MutantError unless `old` occurs exactly once and the source changes.
        """
        found = source.count(self.old)
        if found != 1:
            raise MutantError(
                f"mutant {self.exercise} {self.name}: its `old` text occurs {found} times in "
                f"{self.module}, not once. Copy it from the source as it is now."
            )
        if self.old == self.new:
            raise MutantError(f"mutant {self.exercise} {self.name}: `new` is the same as `old`.")
        return source.replace(self.old, self.new)

    def diff(self, source: str) -> str:
        """Return the replacement as a unified diff without file headers, three lines round it."""
        lines = difflib.unified_diff(
            source.splitlines(), self.plant(source).splitlines(), lineterm="", n=3
        )
        return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))


def load(folder: Path) -> list[Mutant]:
    """Read every mutant of a folder of TOML files, in the order of the files and entries.

    Raises MutantError for a missing folder, a file that is not TOML, an entry with a missing or
    unknown key, or a name used twice in one exercise.
    """
    if not folder.is_dir():
        raise MutantError(
            f"no folder of mutants at {folder.name}/. Set `mutants` under [tool.coursekit] in "
            "pyproject.toml to the folder that holds them."
        )
    mutants: list[Mutant] = []
    for path in sorted(folder.glob("*.toml")):
        mutants += _read(path)
    names = [(mutant.exercise, mutant.name) for mutant in mutants]
    for exercise, name in names:
        if names.count((exercise, name)) > 1:
            raise MutantError(f"two mutants of exercise {exercise} are named {name}. Rename one.")
    return mutants


def _read(path: Path) -> list[Mutant]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MutantError(f"{path.name} is not valid TOML: {error}") from None
    if unknown := sorted(set(tables) - {"mutant"}):
        raise MutantError(
            f"{path.name}: unknown key {unknown[0]!r}. Entries begin with [[mutant]]."
        )
    entries = tables.get("mutant", [])
    if not isinstance(entries, list):
        raise MutantError(f"{path.name}: entries begin with [[mutant]], in two brackets.")
    return [_entry(path, position, entry) for position, entry in enumerate(entries, start=1)]


def _entry(path: Path, position: int, entry: dict[str, Any]) -> Mutant:
    where = f"{path.name}, entry {position} ({entry.get('name', 'no name')})"
    known = {field.name for field in fields(Mutant)}
    if unknown := sorted(set(entry) - known):
        raise MutantError(
            f"{where}: unknown key {unknown[0]!r}. Known: {', '.join(sorted(known))}."
        )
    needed = ["exercise", "name", "module", "old", "new", "story"]
    if not entry.get("equivalent"):
        needed.append("hint")
    if missing := [key for key in needed if key not in entry]:
        raise MutantError(f"{where}: the key {missing[0]!r} is missing.")
    for key, value in entry.items():
        wanted = bool if key in ("equivalent", "schedules") else str
        if not isinstance(value, wanted):
            kind = "true or false" if wanted is bool else "a text in quotation marks"
            raise MutantError(f"{where}: {key!r} must be {kind}.")
    return Mutant(**entry)


def of_exercise(mutants: list[Mutant], exercise: str) -> list[Mutant]:
    """Return the mutants of one exercise. Raises MutantError if there are none."""
    found = [mutant for mutant in mutants if mutant.exercise == exercise]
    if not found:
        known = ", ".join(dict.fromkeys(mutant.exercise for mutant in mutants))
        raise MutantError(f"there is no exercise {exercise!r}. There are: {known or 'none yet'}.")
    return found


def named(mutants: list[Mutant], name: str, exercise: str | None = None) -> Mutant:
    """Return the mutant called `name`, of one exercise if given.

    Raises MutantError unless there is just one.
    """
    found = [m for m in mutants if m.name == name and exercise in (None, m.exercise)]
    if not found:
        known = ", ".join(m.name for m in mutants if exercise in (None, m.exercise))
        raise MutantError(f"there is no bug {name!r}. There are: {known or 'none'}.")
    if len(found) > 1:
        raise MutantError(
            f"more than one exercise has a bug {name!r}: name one with --exercise "
            f"{' or '.join(m.exercise for m in found)}."
        )
    return found[0]

"""What an output must not hold when it is committed: a place, a person, a machine, an accident."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

# Names that half the machines have: they give nobody away and stand in ordinary text.
COMMON_NAMES = {"root", "user", "runner", "admin", "ubuntu", "jovyan", "vscode", "localhost", "vm"}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
PICTURES = ("image/png", "image/jpeg", "image/gif", "application/pdf")

ALWAYS = [
    ("says UsageError: a magic is unknown or misspelt", re.compile("UsageError")),
    ("holds a kernel's own file name", re.compile(r"[\\/]ipykernel_\w+")),
    ("holds a memory address, which no two runs share", re.compile(r"\bat 0x[0-9a-fA-F]{6,}")),
]


def machine_marks(folder: Path) -> list[tuple[str, re.Pattern[str]]]:
    """Return what would give this machine away, each as (complaint, pattern).

    `folder` is where the notebook lies; the home, temporary, current and Python folders, the host
    and the user are asked for here.
    """
    places = [Path.home(), Path(tempfile.gettempdir()), Path.cwd(), folder]
    places += [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "scripts")]
    spellings = {str(place) for place in places} | {str(place.resolve()) for place in places}
    marks = [
        ("holds a path of this machine", re.compile(rf"(?<![\w.]){re.escape(place)}(?![\w-])"))
        for place in sorted(spellings, key=len, reverse=True)
        if place.strip("/\\")
    ]
    for kind, name in (("host's name", platform.node()), ("user's name", _user())):
        if name and name.lower() not in COMMON_NAMES:
            marks.append((f"holds the {kind}", re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")))
    return marks


def complaints(notebook: NotebookNode, folder: Path) -> list[str]:
    """Return one line for each reason not to keep the notebook's outputs, in the cells' order."""
    marks = ALWAYS + machine_marks(folder)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    lines = []
    for number, cell in enumerate(code, start=1):
        for text in map(_plain, cell.outputs):
            for complaint, pattern in marks:
                if found := pattern.search(text):
                    lines.append(f"code cell {number} {complaint}: {_around(text, found)}")
                    break
    return list(dict.fromkeys(lines))


def _plain(output: NotebookNode) -> str:
    return ANSI.sub("", "\n".join(_texts(output)))


def _texts(output: NotebookNode) -> Iterator[str]:
    yield output.get("text", "")
    yield from (output.get("ename", ""), output.get("evalue", ""))
    yield from output.get("traceback", [])
    for form, value in output.get("data", {}).items():
        if form not in PICTURES:
            yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _around(text: str, found: re.Match[str]) -> str:
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    line = text[max(start, found.start() - 30) : end if end >= 0 else None].strip()
    return line if len(line) <= 80 else f"{line[:79]}…"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return os.environ.get("USER", "")

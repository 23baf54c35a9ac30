"""What may not be committed in an output."""

from __future__ import annotations

import getpass
import platform
import tempfile
from pathlib import Path

import pytest
from nbformat import v4

from coursekit.notebooks.refusals import complaints

FOLDER = Path("/srv/somewhere/notebooks")


def told(text: str) -> list[str]:
    cell = v4.new_code_cell("show()", outputs=[v4.new_output("stream", text=text)])
    return complaints(v4.new_notebook(cells=[v4.new_markdown_cell("#"), cell]), FOLDER)


@pytest.fixture(autouse=True)
def somebodys_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/amelia"))
    monkeypatch.setattr(platform, "node", lambda: "amelias-laptop")
    monkeypatch.setattr(getpass, "getuser", lambda: "amelia")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "see /home/amelia/x.py",
            "code cell 1 holds a path of this machine: see /home/amelia/x.py",
        ),
        ("\x1b[31m/home/\x1b[0mamelia", "code cell 1 holds a path of this machine: /home/amelia"),
        (f"in {tempfile.gettempdir()}/a", "code cell 1 holds a path of this machine"),
        (f"{FOLDER}/01.ipynb", "code cell 1 holds a path of this machine"),
        (f"{Path.cwd()}:", "code cell 1 holds a path of this machine"),
        ("on amelias-laptop", "code cell 1 holds the host's name: on amelias-laptop"),
        ("by amelia.", "code cell 1 holds the user's name: by amelia."),
        ("<f at 0x7f00ffee1234>", "code cell 1 holds a memory address, which no two runs share"),
        ("x/ipykernel_12/3.py", "code cell 1 holds a kernel's own file name"),
    ],
)
def test_what_gives_the_machine_away_is_told_with_its_line(text: str, complaint: str) -> None:
    lines = told(f"before\n{text}\nafter")
    assert len(lines) == 1
    assert lines[0].startswith(complaint)


@pytest.mark.parametrize(
    "text",
    [
        "caught limit-off-by-one at cell:8",
        "GET /api/home/ameliasson and /homes",
        "ameliasson applied for 3000",
        "status 0x10 at 12:30",
    ],
)
def test_ordinary_output_passes(text: str) -> None:
    assert told(text) == []


def test_a_name_that_half_the_machines_have_is_a_word_like_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "root")
    monkeypatch.setattr(platform, "node", lambda: "localhost")
    assert told("the root conftest.py of localhost") == []


def test_every_form_of_an_output_is_read() -> None:
    shown = v4.new_output("display_data", data={"text/plain": "ok", "text/html": "/home/amelia"})
    failed = v4.new_output(
        "error", ename="OSError", evalue="", traceback=["File /home/amelia/a.py"]
    )
    cells = [v4.new_code_cell("x", outputs=[output]) for output in (shown, failed)]
    lines = complaints(v4.new_notebook(cells=cells), FOLDER)
    assert [line.split(" holds")[0] for line in lines] == ["code cell 1", "code cell 2"]

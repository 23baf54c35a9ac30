"""`python -m coursekit execute`, with real kernels."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from coursekit.__main__ import main
from coursekit.notebooks import execution
from tests.coursekit.notebooks.small_notebooks import Writer, code, text

SHOWS_BOTH_STREAMS = """\
import sys
print("first", flush=True)
print("careful", file=sys.stderr, flush=True)
print("second", flush=True)
6 * 7"""


def test_running_twice_gives_the_same_bytes_and_says_so(
    write: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("notebooks/00_start", text("# Start"), code(SHOWS_BOTH_STREAMS), code("print(1)"))
    assert main(["execute"]) == 0
    once = path.read_bytes()
    stamp = path.stat().st_mtime_ns
    capsys.readouterr()
    assert main(["execute"]) == 0
    assert path.read_bytes() == once
    assert path.stat().st_mtime_ns == stamp
    assert capsys.readouterr().out.startswith("same          notebooks/00_start.ipynb")


def test_only_what_an_author_wrote_or_a_cell_showed_is_kept(write: Writer) -> None:
    busy = code(SHOWS_BOTH_STREAMS + "\n\n", "example", collapsed=True, trusted=True, scrolled=True)
    busy.execution_count = 17
    path = write("notebooks/00_start", text("# Start\n"), busy, code(""), code("print('last')"))
    notebook = json.loads(path.read_text())
    notebook["metadata"] = {"widgets": {}, "kernelspec": {"name": "my-env", "display_name": "My"}}
    path.write_text(json.dumps(notebook))
    assert main(["execute", str(path)]) == 0

    after = json.loads(path.read_text())
    assert path.read_text() == nbformat.writes(nbformat.read(path, as_version=4)) + "\n"
    assert after["metadata"]["kernelspec"]["display_name"] == "Python 3 (ipykernel)"
    assert "version" not in after["metadata"]["language_info"]
    assert [cell["id"] for cell in after["cells"]] == [cell["id"] for cell in notebook["cells"]]
    assert after["cells"][1]["metadata"] == {"tags": ["example"]}
    assert after["cells"][1]["source"] == SHOWS_BOTH_STREAMS.splitlines(keepends=True)
    assert after["cells"][1]["outputs"] == [
        {"name": "stdout", "output_type": "stream", "text": ["first\n", "second\n"]},
        {"name": "stderr", "output_type": "stream", "text": ["careful\n"]},
        {
            "data": {"text/plain": ["42"]},
            "execution_count": 1,
            "metadata": {},
            "output_type": "execute_result",
        },
    ]
    counts = [cell["execution_count"] for cell in after["cells"][1:]]
    assert counts == [1, None, 2]


def test_a_notebook_that_fails_or_tells_too_much_is_refused_and_left_as_it_is(
    write: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = {
        "01_raises": code("1/0"),
        "02_unknown_magic": code("%ipyest"),
        "03_says_usage_error": code("print('UsageError: no such magic')"),
        "04_shows_the_folder": code("import os; print(os.getcwd())"),
        "05_ends_the_kernel": code("import os; os._exit(1)"),
        "06_shows_an_address": code("object()"),
        "07_warns": code("import warnings; warnings.warn('old')"),
    }
    paths = {name: write(f"notebooks/{name}", cell) for name, cell in cells.items()}
    before = {name: path.read_bytes() for name, path in paths.items()}
    assert main(["execute"]) == 1
    assert {name: path.read_bytes() for name, path in paths.items()} == before
    lines = capsys.readouterr().out.splitlines()
    expected = [
        "raised ZeroDivisionError: division by zero",
        "UsageError",
        "says UsageError: a magic is unknown or misspelt",
        "holds a path of this machine",
        "ended the kernel",
        "holds a memory address, which no two runs share",
        "holds a kernel's own file name",
    ]
    assert len(lines) == len(expected)
    for line, name, words in zip(lines, cells, expected, strict=True):
        assert line.startswith(f"refused       notebooks/{name}.ipynb: code cell 1 ")
        assert words in line


def test_an_announced_error_is_kept_and_the_cells_after_it_run(write: Writer) -> None:
    path = write("notebooks/01_errors", code("1/0", "raises-exception"), code("print('on')"))
    assert main(["execute", "notebooks"]) == 0
    first, second = json.loads(path.read_text())["cells"]
    assert first["outputs"][0]["ename"] == "ZeroDivisionError"
    assert second["outputs"][0]["text"] == ["on\n"]


def test_an_output_that_depends_on_the_python_stays_as_it_was_first_kept(write: Writer) -> None:
    path = write("notebooks/01_versions", code("print('3.13')", "nbval-ignore-output"))
    assert main(["execute"]) == 0
    kept = path.read_text()
    assert '"3.13\\n"' in kept
    elsewhere = kept.replace('"3.13\\n"', '"3.11\\n"')
    path.write_text(elsewhere)
    assert main(["execute", "--check"]) == 0
    assert main(["execute"]) == 0
    assert path.read_text() == elsewhere


def test_a_cell_that_does_not_end_is_refused(
    write: Writer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(execution, "CELL_TIMEOUT", 1)
    write("notebooks/01_hangs", code("import time; time.sleep(60)"))
    assert main(["execute"]) == 1
    assert "code cell 1 was not done after 1 seconds" in capsys.readouterr().out


def test_check_writes_nothing_and_names_what_would_change(
    write: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = "%%capture\n# TODO"
    path = write("notebooks/02_tasks", code("print(2)"), code(begun, "starter"))
    other = write("solutions/02_tasks", code("print(2)"))
    assert main(["execute"]) == 0
    assert json.loads(path.read_text())["cells"][1]["metadata"]["coursekit"] == {"starter": begun}
    assert main(["execute", "--check"]) == 0

    stale = path.read_text().replace('"starter": "%%capture', '"starter": "%%time')
    path.write_text(stale)
    capsys.readouterr()
    assert main(["execute", "--check"]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("would change  notebooks/02_tasks.ipynb")
    assert first.endswith("first in code cell 2, metadata")
    assert second.startswith("same          solutions/02_tasks.ipynb")
    assert path.read_text() == stale
    assert other.exists()


def test_neither_the_users_kernels_nor_start_up_files_nor_terminal_reach_the_notebook(
    write: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    kernel = home / ".local/share/jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    bogus = {"argv": ["false"], "display_name": "Bogus", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(bogus))
    (home / ".ipython/profile_default/startup").mkdir(parents=True)
    (home / ".ipython/profile_default/startup/00.py").write_text("print('Good morning')")
    monkeypatch.setenv("HOME", str(home))
    for name in ("IPYTHONDIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/02_tasks.ipynb")
    monkeypatch.setenv("COLUMNS", "40")
    path = write(
        "notebooks/00_start",
        code("import os; [os.environ.get(n) for n in ('JPY_SESSION_NAME', 'COLUMNS')]"),
        code("import shutil, sys; shutil.which('python') in sys.orig_argv"),
    )
    assert main(["execute"]) == 0
    first, second = json.loads(path.read_text())["cells"]
    assert [output["data"]["text/plain"] for output in first["outputs"]] == [["[None, None]"]]
    assert second["outputs"][0]["data"]["text/plain"] == ["True"]


def test_a_path_that_is_no_notebook_and_a_damaged_one_get_a_line_each(
    course: Path, write: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["execute", "nowhere"]) == 1
    assert "nowhere is neither a notebook nor a folder" in capsys.readouterr().err
    write("notebooks/00_start", text("fine"))
    (course / "notebooks/01_damaged.ipynb").write_text('{"cells": [')
    assert main(["execute"]) == 1
    _, line = capsys.readouterr().out.splitlines()
    assert line.startswith("refused       notebooks/01_damaged.ipynb: is damaged")


def test_a_missing_or_doubled_cell_id_is_always_repaired_the_same_way(write: Writer) -> None:
    path = write("notebooks/00_start", text("a"), text("b"), text("c"))
    notebook = json.loads(path.read_text())
    notebook["nbformat_minor"] = 4
    notebook["cells"][0]["id"] = notebook["cells"][1]["id"] = "cell-2"
    del notebook["cells"][2]["id"]
    path.write_text(json.dumps(notebook))
    assert main(["execute"]) == 0
    ids = [cell["id"] for cell in json.loads(path.read_text())["cells"]]
    assert ids == ["cell-2", "cell-3", "cell-4"]


def test_outputs_stay_in_the_order_in_which_they_were_shown() -> None:
    from coursekit.notebooks.normalising import normalise

    cell = v4.new_code_cell("show()")
    shown = v4.new_output("display_data", data={"text/plain": "picture"}, metadata={"from": "me"})
    cell.outputs = [
        v4.new_output("stream", name="stdout", text="a"),
        v4.new_output("stream", name="stdout", text="b\n10%\r20%\n"),
        shown,
        v4.new_output("stream", name="stderr", text="late\n"),
        v4.new_output("stream", name="stdout", text="end\n"),
    ]
    normalise(v4.new_notebook(cells=[cell]))
    assert [output.get("text", "picture") for output in cell.outputs] == [
        "ab\n20%\n",
        "picture",
        "end\n",
        "late\n",
    ]
    assert shown.metadata == {}

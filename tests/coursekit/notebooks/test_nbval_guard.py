"""A bare `pytest --nbval`, as a person types it, in a home full of traps."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

from tests.coursekit.notebooks.small_notebooks import code


def executed(source: str, *outputs: Any) -> Any:
    cell = code(source)
    cell.execution_count, cell.outputs = 1, list(outputs)
    return cell


def printed(words: str, stream: str = "stdout") -> Any:
    return v4.new_output("stream", name=stream, text=words)


# Kept as an output, it is what running the cell gives again: nbval alone is content.
NO_SUCH_MAGIC = printed("UsageError: Line magic function `%nosuchmagic` not found.\n", "stderr")

NOTEBOOKS = {
    "good": [executed("print('hello')", printed("hello\n")), code(" ")],
    "never_executed": [code("print('hello')")],
    "changed": [executed("print('hello')", printed("goodbye\n"))],
    "unknown_magic": [
        executed("%nosuchmagic", NO_SUCH_MAGIC),
        executed("print(1)", printed("1\n")),
    ],
    "told_usage_error": [executed("print('UsageError: x')", printed("UsageError: x\n"))],
    "surroundings": [
        executed(
            "import os, sys; print({'JPY_SESSION_NAME', 'COLUMNS', 'CI'} & os.environ.keys())",
            printed("set()\n"),
        ),
        executed("print(sys.executable in sys.orig_argv)", printed("True\n")),
    ],
    "hangs": [executed("import time; time.sleep(30)")],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """One `pytest --nbval` over all notebooks, in a home whose python3 is no Python."""
    home = tmp_path_factory.mktemp("home")
    kernel = home / ".local/share/jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    bogus = {"argv": ["false"], "display_name": "Bogus", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(bogus))
    startup = home / ".ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("def print(*_): raise SystemExit")
    folder = tmp_path_factory.mktemp("notebooks")
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, cells in NOTEBOOKS.items():
        notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
        nbformat.write(notebook, folder / f"{name}.ipynb")
    (folder / "test_beside.py").write_text(
        "import os\ndef test_other_tests_keep_their_surroundings():\n"
        "    assert os.environ['COLUMNS'] == '132'\n"
        "    assert 'IPYTHONDIR' not in os.environ\n"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "JUPYTER", "IPY"))}
    traps = {"HOME": str(home), "COLUMNS": "132", "CI": "true"}
    traps["JPY_SESSION_NAME"] = "notebooks/x.ipynb"
    # The one option that a person would not type: one second instead of the guard's two minutes.
    command = [sys.executable, "-m", "pytest", "--nbval", "-rA", "--color=no", "-c", os.devnull]
    return subprocess.run(
        [*command, "--rootdir=.", "--nbval-cell-timeout=1", "."],
        cwd=folder,
        env=kept | traps,
        capture_output=True,
        text=True,
        check=False,
    )


def outcome(run: subprocess.CompletedProcess[str], cell: str) -> str:
    found = re.search(rf"^(PASSED|FAILED) {re.escape(cell)}( - |$)", run.stdout, re.MULTILINE)
    assert found, run.stdout
    return found[1]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("good.ipynb::Cell 0", "PASSED"),
        ("good.ipynb::Cell 1", "PASSED"),
        ("never_executed.ipynb::Cell 0", "FAILED"),
        ("changed.ipynb::Cell 0", "FAILED"),
        ("unknown_magic.ipynb::Cell 0", "FAILED"),
        ("unknown_magic.ipynb::Cell 1", "PASSED"),
        ("told_usage_error.ipynb::Cell 0", "FAILED"),
        ("surroundings.ipynb::Cell 0", "PASSED"),
        ("surroundings.ipynb::Cell 1", "PASSED"),
        ("hangs.ipynb::Cell 0", "FAILED"),
        ("test_beside.py::test_other_tests_keep_their_surroundings", "PASSED"),
    ],
)
def test_each_cell_ends_as_it_should(
    run: subprocess.CompletedProcess[str], cell: str, expected: str
) -> None:
    assert outcome(run, cell) == expected


@pytest.mark.parametrize(
    "words",
    [
        "This cell was never executed, so there is no output to compare with. "
        "Run: python -m coursekit execute never_executed.ipynb",
        "UsageError: a magic is unknown or misspelt",
        "Cell outputs differ",
        "Timeout of 1 seconds exceeded",
    ],
)
def test_a_failure_says_why(run: subprocess.CompletedProcess[str], words: str) -> None:
    assert words in run.stdout


def configured(folder: Path, *options: str) -> dict[str, Any]:
    """What the guard makes of nbval's options, in a pytest started with `options`."""
    probe = (
        "import json, sys, pytest\n"
        "class Probe:\n"
        "    def pytest_sessionstart(self, session):\n"
        "        o = session.config.option\n"
        "        guarded = session.config.pluginmanager.has_plugin('coursekit-notebook-guard')\n"
        "        print('SEEN', json.dumps([guarded, getattr(o, 'nbval_current_env', None),\n"
        "              getattr(o, 'nbval_cell_timeout', None), 'nbformat' in sys.modules]))\n"
        f"pytest.main(['-q', '-s', '-c', {os.devnull!r}, *{list(options)!r}], plugins=[Probe()])\n"
    )
    command = [sys.executable, "-c", probe]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    keys = ("guarded", "current_env", "timeout", "nbformat")
    return dict(zip(keys, json.loads(line.removeprefix("SEEN ")), strict=True))


def test_the_users_own_options_are_kept(tmp_path: Path) -> None:
    seen = configured(tmp_path, "--nbval", "--nbval-kernel-name=other", "--nbval-cell-timeout=90")
    assert seen == {"guarded": True, "current_env": False, "timeout": 90.0, "nbformat": True}


def test_without_options_a_cell_has_two_minutes_in_this_environment(tmp_path: Path) -> None:
    seen = configured(tmp_path, "--nbval")
    assert seen == {"guarded": True, "current_env": True, "timeout": 120.0, "nbformat": True}


def test_a_pytest_without_nbval_is_left_alone_and_pays_nothing(tmp_path: Path) -> None:
    assert configured(tmp_path)["guarded"] is False
    seen = configured(tmp_path, "-p", "no:nbval", "-p", "no:nbmake")  # which load nbformat
    assert seen == {"guarded": False, "current_env": None, "timeout": None, "nbformat": False}

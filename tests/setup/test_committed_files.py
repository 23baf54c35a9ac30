"""What no commit may hold."""

import re
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
# Written in parts, since this file is searched as well.
REGISTRIES = re.compile(r"\b(pypi\W?org|pythonhosted|deb\W?debian|npmjs|crates\W?io|/simple\b)")
MACHINE_PATHS = re.compile(rf"{re.escape(str(ROOT))}|(?<![\w./])/(work|root)/\w")


def test_no_lock_file(project_files):
    assert not [path for path in project_files if PurePosixPath(path).name == "uv.lock"]


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE_PATHS], ids=["registry", "machine path"])
def test_no_file_names_a_registry_or_a_path_of_one_machine(project_files, pattern):
    this_file = "tests/setup/test_committed_files.py"
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in project_files.items()
        if path != this_file
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []

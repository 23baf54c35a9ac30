"""Whatever is imported is a direct requirement, and the other way round."""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

import pytest

from tests.setup.pins import direct

# Which package provides a name is known of installed packages only, so all must be.
pytest.importorskip("rattler", reason="needs the dev extra: py-rattler")

OURS = {"coursekit", "finance_lending_worker", "tests"}
USED_OTHERWISE = {
    "jupyterlab": "started as `jupyter lab`",
    "pytest-asyncio": "a plugin of pytest, set in pyproject.toml",
    "types-psutil": "read by mypy",
}


def imported(source: str) -> set[str]:
    """The top-level names that a piece of Python imports, magics and shell lines left out."""
    plain = "\n".join(x for x in source.splitlines() if not x.lstrip().startswith(("%", "!")))
    try:
        tree = ast.parse(plain)
    except SyntaxError:  # a cell may show one
        return set()
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
            names.add(ast.literal_eval(node.args[0]))
    return {name.partition(".")[0] for name in names}


@pytest.fixture(scope="module")
def imports(project_files) -> dict[str, set[str]]:
    """For each Python file and notebook the packages of others that it imports."""
    known = sys.stdlib_module_names | OURS
    # The course's own tests are scripts as well, and import one another by their bare names.
    tests = {PurePosixPath(path).stem for path in project_files if path.startswith("tests/")}
    found = {}
    for path, text in project_files.items():
        if path.endswith(".py"):
            found[path] = imported(text) - known - (tests if path.startswith("tests/") else set())
        elif path.endswith(".ipynb"):
            cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
            sources = ["".join(cell["source"]) for cell in cells]
            found[path] = set().union(*map(imported, sources)) - known
    return found


def test_whatever_is_imported_is_a_direct_requirement(imports):
    course, dev = set(direct("requirements")), set(direct("requirements-dev"))
    distributions = packages_distributions()
    undeclared = {}
    for path, names in imports.items():
        allowed = course | dev if path.startswith("tests/") else course
        for name in names:
            providers = {p.lower().replace("_", "-") for p in distributions.get(name, [name])}
            if not providers & allowed:
                undeclared.setdefault(name, set()).add(path)
    assert undeclared == {}


def test_each_direct_requirement_is_imported_or_called_by_its_name(imports, project_files):
    required = {*direct("requirements"), *direct("requirements-dev")}
    distributions = packages_distributions()
    names = {name for found in imports.values() for name in found}
    used = {d.lower().replace("_", "-") for n in names for d in distributions.get(n, [n])}
    callers = "\n".join(
        text
        for path, text in project_files.items()
        if path.startswith((".ci/", "tests/", "coursekit/")) or path == "README.md"
    )
    called = {n for n in required if re.search(rf"(-m |/|--|%%|\"){re.escape(n)}\b", callers)}
    assert required >= USED_OTHERWISE.keys()
    assert required - used - called - USED_OTHERWISE.keys() == set()

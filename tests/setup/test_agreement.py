"""pyproject.toml, environment.yml, the pins and the README's commands say the same."""

import re
import runpy
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
OLDEST = "3.11"
TESTED = ["3.11", "3.12", "3.13"]


@pytest.fixture(scope="module")
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def readme_command():
    script = runpy.run_path(str(ROOT / ".ci" / "readme_command.py"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return lambda name: script["command"](name, readme)


def test_all_versions_of_python_that_are_tested_are_allowed(pyproject):
    allowed = SpecifierSet(pyproject["project"]["requires-python"])
    assert all(version in allowed for version in TESTED)
    assert "3.10" not in allowed


def test_every_tool_reads_the_code_as_the_oldest_python_does(pyproject):
    assert pyproject["tool"]["ruff"]["target-version"] == f"py{OLDEST.replace('.', '')}"
    assert pyproject["tool"]["mypy"]["python_version"] == OLDEST
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert f"--universal --python-version {OLDEST} " in (ROOT / name).read_text()


def test_the_project_depends_on_the_pins_and_on_nothing_else(pyproject):
    project = pyproject["project"]
    assert set(project["dynamic"]) == {"dependencies", "optional-dependencies"}
    assert {"dependencies", "optional-dependencies"}.isdisjoint(project)
    hook = pyproject["tool"]["hatch"]["metadata"]["hooks"]["requirements_txt"]
    assert hook["files"] == ["requirements.txt"]
    assert hook["optional-dependencies"] == {"dev": ["requirements-dev.txt"]}
    assert all("==" in needed for needed in pyproject["build-system"]["requires"])


def test_conda_installs_an_allowed_python_and_this_project(pyproject):
    reason = "needs the dev extra"
    yaml = pytest.importorskip("yaml", reason=f"{reason}: pyyaml")
    rattler = pytest.importorskip("rattler", reason=f"{reason}: py-rattler")
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == pyproject["project"]["name"]
    *conda, pip = environment["dependencies"]
    specs = {
        str(spec.name.normalized): spec
        for spec in (rattler.MatchSpec(text, strict=True) for text in conda)
    }
    assert set(specs) == {"python", "pip"}
    assert conda[0].removeprefix("python=") in TESTED  # Binder reads this form and no range
    assert pip == {"pip": ["-e ."]}


def test_the_readme_opens_notebook_00_with_the_whole_course_in_sight(readme_command):
    opened = readme_command("open")
    assert "jupyter lab --ServerApp.root_dir=. notebooks/00_start_here.ipynb" in opened
    assert "\n" not in opened


def test_the_readme_runs_every_test_with_one_line(readme_command):
    assert readme_command("test").endswith("pytest --nbval")
    assert "\n" not in readme_command("test")


def test_the_readme_leaves_jupyters_safe_defaults_alone(readme_command):
    assert not re.search(r"--\S*(ip|token|password|allow|origin)", readme_command("open"))


def test_each_build_requirement_is_a_pin(pyproject):
    for needed in map(Requirement, pyproject["build-system"]["requires"]):
        (allowed,) = needed.specifier
        assert allowed.operator == "=="


def test_the_installed_project_is_this_one(pyproject):
    project = pyproject["project"]
    assert version(project["name"]) == project["version"]
    plugins = {entry.name: entry.value for entry in entry_points(group="pytest11")}
    assert plugins.items() >= project["entry-points"]["pytest11"].items()

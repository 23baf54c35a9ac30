"""Every version is pinned once, and what is installed is what is pinned."""

import re
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.setup.pins import LISTS, direct, pins, version


@pytest.mark.parametrize("name", LISTS)
def test_each_direct_requirement_is_named_once_and_pinned(name):
    names = direct(name)
    assert len(names) == len(set(names))
    assert set(names) <= {canonicalize_name(pin.name) for pin in pins(name)}


def test_no_direct_requirement_stands_in_both_lists():
    assert not set(direct("requirements")) & set(direct("requirements-dev"))


@pytest.mark.parametrize("name", LISTS)
def test_a_compiled_list_holds_plain_pins_only(name):
    for pin in pins(name):
        assert version(pin), pin
        assert pin.url is None, pin
        assert not pin.extras, pin


def test_no_package_has_two_versions():
    versions: dict[str, set[str]] = {}
    for name in LISTS:
        for pin in pins(name):
            versions.setdefault(pin.name, set()).add(version(pin))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_no_other_file_names_a_version(project_files):
    named = {
        f"{path}: {found}"
        for path, text in project_files.items()
        if path not in {"pyproject.toml", *(f"{name}.txt" for name in LISTS)}
        for found in re.findall(r"\b[a-z][a-z0-9-]+[=~]=\d[\w.]*", text)
    }
    assert named == set()


def test_the_pins_are_complete_installed_and_needed():
    pinned = {pin.name: pin for pin in pins("requirements") if applies(pin)}
    problems, seen = [], set()
    waiting = {Requirement(name) for name in direct("requirements")}
    while waiting:
        needed = waiting.pop()
        seen.add(needed)
        name = canonicalize_name(needed.name)
        if name not in pinned:
            problems.append(f"{name} is needed and not pinned")
            continue
        if (installed := distribution(name)).version != version(pinned[name]):
            problems.append(f"{name} {installed.version} is installed, not {pinned[name]}")
        further = map(Requirement, installed.requires or [])
        extras = ("", *needed.extras)
        waiting |= {one for one in further if any(applies(one, x) for x in extras)} - seen
    assert problems == []
    assert pinned.keys() - {canonicalize_name(one.name) for one in seen} == set()


def applies(requirement: Requirement, extra: str = "") -> bool:
    """Whether it is meant for this Python on this platform."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})

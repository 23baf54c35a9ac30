"""The pytest plugin that `%%ipytest --timeline` loads, in a pytest of its own."""

import json
import os
import subprocess
import sys

import pytest

CONFTEST = """
import json
import asyncio
import pytest_asyncio

pytest_plugins = ["coursekit.harness", "coursekit.timeline.pytest_plugin"]

def pytest_configure(config):
    config.option.timeline = {wanted}

def pytest_runtest_logreport(report):
    if report.when == "call":
        with open("told.json", "a") as told:
            told.write(json.dumps([report.nodeid.split("::")[1], report.user_properties]) + "\\n")

@pytest_asyncio.fixture
async def service():
    await asyncio.sleep(10)
    task = asyncio.create_task(asyncio.sleep(100), name="service")
    await asyncio.sleep(1)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
"""

TESTS = """
import asyncio
import pytest

async def test_sleeps():
    await asyncio.sleep(2)

async def test_fails():
    await asyncio.sleep(1)
    assert False

async def test_uses_a_service(service):
    await asyncio.sleep(3)

def test_has_no_loop():
    pass

@pytest.mark.real_time
async def test_in_real_time():
    await asyncio.sleep(0.01)
"""


def told(folder, *, wanted):
    (folder / "conftest.py").write_text(CONFTEST.format(wanted=wanted))
    (folder / "test_some.py").write_text(TESTS)
    (folder / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_asyncio.plugin",
    ]
    subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
    lines = (folder / "told.json").read_text().splitlines()
    return {name: dict(properties) for name, properties in map(json.loads, lines)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return told(tmp_path_factory.mktemp("wanted"), wanted=True)


def test_each_test_with_a_loop_has_its_picture_as_text_and_html(pictures):
    assert "test_sleeps: 1 task, 2 s virtual time" in pictures["test_sleeps"]["timeline-text"]
    assert "<svg" in pictures["test_sleeps"]["timeline-html"]
    assert pictures["test_has_no_loop"] == {}


def test_a_failing_test_shows_its_error(pictures):
    assert "✗ AssertionError" in pictures["test_fails"]["timeline-text"]


def test_what_the_fixtures_did_before_is_left_out_but_their_tasks_are_not(pictures):
    text = pictures["test_uses_a_service"]["timeline-text"]
    assert "2 tasks, 3 s virtual time" in text
    assert "service" in text


def test_a_test_in_real_time_is_drawn_in_real_time(pictures):
    assert "real time" in pictures["test_in_real_time"]["timeline-text"]


def test_nothing_is_noted_when_nobody_asked(tmp_path):
    assert set(map(len, told(tmp_path, wanted=False).values())) == {0}

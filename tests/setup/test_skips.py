"""A skipped test is a red CI, unless tests/conftest.py permits it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

POLICY = Path(__file__).parents[1] / "conftest.py"


@pytest.fixture
def run(tmp_path):
    """Run one made-up test file under the policy; returns (exit status, output)."""

    def run(body: str, ci: str) -> tuple[int, str]:
        shutil.copy(POLICY, tmp_path / "conftest.py")
        (tmp_path / "test_made_up.py").write_text(body)
        command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path)]
        command += ["-p", "no:cacheprovider", str(tmp_path)]
        environment = os.environ | {"CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        return done.returncode, done.stdout

    return run


SKIPPED = """
import pytest

@pytest.mark.skip(reason="too lazy")
def test_it(): ...

def test_other(): ...
"""
SKIPPED_MODULE = """
import pytest
pytest.importorskip("no_such_module", reason="no such module")
"""
EXPECTED_FAILURE = """
import pytest

@pytest.mark.xfail(reason="known")
def test_it(): raise ValueError
"""


@pytest.mark.parametrize(
    ("body", "reason"), [(SKIPPED, "too lazy"), (SKIPPED_MODULE, "no such module")]
)
def test_a_skip_fails_under_ci_and_is_named(run, body, reason):
    status, output = run(body, "true")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert f": {reason}\n" in output


def test_a_skip_passes_at_home(run):
    assert run(SKIPPED, "")[0] == pytest.ExitCode.OK


def test_an_expected_failure_is_no_skip(run):
    assert run(EXPECTED_FAILURE, "true")[0] == pytest.ExitCode.OK

"""A run of pytest inside a test: the harness is judged by what it prints for a test file."""

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file with the harness as a learner's repository has it, and nothing else."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makefile(".ini", pytest=SETTINGS)
    pytester.makeconftest('pytest_plugins = ["coursekit.harness"]')

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        return pytester.runpytest_inprocess(
            "-p", "pytest_asyncio.plugin", "--color=no", "--tb=short", "-q", *options
        )

    return run

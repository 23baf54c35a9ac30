"""Under CI a skipped test counts as failed, unless it is said here why it may be skipped."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import pytest

# How a permitted reason begins, and when it is permitted.
PERMITTED = {
    # The README's command installs what a learner needs; .ci/run has the dev extra for the rest.
    "needs the dev extra": find_spec("playwright") is None,
    "needs Python 3.13": sys.version_info < (3, 13),
}


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session for a skip that was not permitted."""
    green = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if session.exitstatus in green and _skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name each skip that was not permitted."""
    if skips := _skips(config):
        terminalreporter.section("skipped under CI, which counts as failed", red=True)
        terminalreporter.write_line("\n".join(skips))
        terminalreporter.write_line("Make them run, or say why not in tests/conftest.py.")


def _skips(config: pytest.Config) -> list[str]:
    """Where each skip that nobody permitted happened, with its reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return []
    found = []
    for report in reporter.stats.get("skipped", []):
        _, _, message = report.longrepr
        reason = message.removeprefix("Skipped: ")
        if not any(reason.startswith(start) and when for start, when in PERMITTED.items()):
            found.append(f"{report.nodeid}: {reason}")
    return found

"""JupyterLab and a browser, shared by the tests of one module.

Pictures are saved to the folder that COURSE_SCREENSHOTS names, else to pytest's temporary folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

# Chromium as root in a container, kept from talking to anybody but us.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def lab_server(tmp_path_factory):
    """JupyterLab on a copy of the project."""
    from tests.browser.lab_server import LabServer

    server = LabServer.start(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


# One module's lifetime and no longer: Playwright keeps an event loop running in this thread.
@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def lab(chromium, lab_server) -> Iterator:
    """A fresh page; the test fails at its end on whatever the console called an error."""
    from tests.browser.lab_page import LabPage

    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    lab = LabPage(page, lab_server)
    yield lab
    page.close()
    assert lab.console_errors == []


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory) -> Path:
    """Where to save pictures."""
    return Path(os.environ.get("COURSE_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))

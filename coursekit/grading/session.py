"""The process `python -m coursekit.grading.session ROOT [MODULE ...]`: a configured pytest session.

It has the project's own settings and only the plugins that the course needs. Its collection is
the `server`, which waits for jobs and forks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from coursekit.grading.server import Server

PLUGINS = ("pytest_asyncio.plugin", "coursekit.harness")
SETTINGS = ("asyncio_mode=auto", "asyncio_default_fixture_loop_scope=function")
"""What applies in a folder without settings of its own."""
WITHOUT = ("cacheprovider", "terminal", "junitxml", "pastebin")


def main() -> None:
    """Serve until the input ends."""
    root, preload = Path(sys.argv[1]), sys.argv[2:]
    # pytest captures descriptors 0 to 2: keep the engine's ends elsewhere.
    server = Server(root, preload, jobs=os.dup(0), events=os.dup(1))
    settings = root / "pyproject.toml"
    if settings.is_file():
        configured = ["-c", str(settings)]
    else:
        configured = [word for setting in SETTINGS for word in ("-o", setting)]
    plugins = [*PLUGINS, *(f"no:{name}" for name in WITHOUT)]
    status = pytest.main(
        [
            *configured,
            f"--rootdir={root}",
            *(word for plugin in plugins for word in ("-p", plugin)),
            *("--noconftest", "-o", "addopts="),
        ],
        plugins=[server],
    )
    sys.exit(status)  # reached only if pytest refuses the settings: the server ends by itself


if __name__ == "__main__":
    main()

"""A process that is a configured pytest session.

    python -m coursekit.grading.session ROOT PARENT [MODULE ...]

It ends with the process PARENT and imports each MODULE once for all its forks. It has the project's
own settings and only the plugins that the course needs. Its collection is the `server`, which waits
for jobs and forks.
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
WITHOUT = ("cacheprovider", "doctest", "terminal", "junitxml", "pastebin")


def main() -> None:
    """Serve until the input ends."""
    root, parent, preload = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    # pytest captures descriptors 0 to 2: keep the engine's ends elsewhere.
    server = Server(root, parent, preload, jobs=os.dup(0), events=os.dup(1))
    settings = root / "pyproject.toml"
    if settings.is_file():
        configured = ["-c", str(settings)]
    else:
        configured = [word for setting in SETTINGS for word in ("-o", setting)]
    plugins = [*PLUGINS, *(f"no:{name}" for name in WITHOUT)]
    try:
        status = pytest.main(
            [
                *configured,
                f"--rootdir={root}",
                *(word for plugin in plugins for word in ("-p", plugin)),
                *("--noconftest", "-o", "addopts="),
            ],
            plugins=[server],
        )
    finally:
        server.clean_up()
    sys.exit(
        status
    )  # reached if pytest refuses the settings: at its end the server ends the process


if __name__ == "__main__":
    main()

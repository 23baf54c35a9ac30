"""The environment variables of a kernel whose outputs are kept or compared."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# A notebook, a terminal or a CI service may have set these, and each can show in an output.
REMOVED = (
    *("JPY_SESSION_NAME", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "CI", "BUILD_NUMBER"),
    *("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"),
    *("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONWARNINGS"),
)


def added(ipython_folder: Path) -> dict[str, str]:
    """Return what such a kernel gets: this Python first on the path, and IPython's folder.

    With an empty folder the user's own IPython start-up files and history stay out.
    """
    here = str(Path(sys.executable).parent)
    path = os.pathsep.join([here, os.environ.get("PATH", "")])
    return {"IPYTHONDIR": str(ipython_folder), "PATH": path}


def kernel_environment(ipython_folder: Path) -> dict[str, str]:
    """Return all variables for such a kernel: those of this process, less REMOVED, plus `added`."""
    kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
    return kept | added(ipython_folder)

"""Where a fork works: its folder, what it prints, the conftests and modules above the cell."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path

import pytest


def use_folder(folder: Path) -> None:
    """Make `folder` this process's current one and the one for temporary files."""
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)


def capture_afresh(config: pytest.Config) -> None:
    """Capture what is printed in files of this process's own, not those it shares with others."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    capture.start_global_capturing()


def load_conftests(config: pytest.Config, root: Path, folder: str) -> None:
    """Register each conftest.py from the project's root down to `folder`.

    What lies beside the notebook and beside a conftest can be imported then.
    """
    sys.path.insert(0, str(root / folder))
    above = [root]
    for part in Path(folder).parts:
        above.append(above[-1] / part)
    for position, place in enumerate(above):
        if (place / "conftest.py").is_file():
            sys.path.insert(0, str(place))
            sys.modules.pop("conftest", None)
            module = importlib.import_module("conftest")
            config.pluginmanager.register(module, f"conftest-{position}")

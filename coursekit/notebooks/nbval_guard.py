"""A pytest plugin that makes a bare `pytest --nbval` safe; without that option it does nothing.

nbval compares no cell that was never executed, lets an unknown magic pass, takes whichever kernel
the user's home calls python3, keeps no history of the cells, and waits 33 minutes for each. With
this plugin such cells fail, the kernel is that of pytest's own environment and remembers its cells
as Jupyter's does (`%%ipytest` looks there for imports), and a cell has two minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

CELL_TIMEOUT = 120.0  # seconds
NBVAL_CELL_TIMEOUT = 2000  # nbval's default; the same number typed by the user looks no different


@pytest.hookimpl(trylast=True)  # nbval first renames its deprecated options
def pytest_configure(config: pytest.Config) -> None:
    """Set nbval's options and watch its cells, if notebooks are to be validated at all."""
    options = config.option
    if not (getattr(options, "nbval", False) or getattr(options, "nbval_lax", False)):
        return
    if not options.nbval_kernel_name:
        options.nbval_current_env = True
    if options.nbval_cell_timeout == NBVAL_CELL_TIMEOUT:
        options.nbval_cell_timeout = CELL_TIMEOUT
    config.pluginmanager.register(NotebookGuard(config), "coursekit-notebook-guard")


class NotebookGuard:
    """Watches the cells of one `pytest --nbval` run."""

    def __init__(self, config: pytest.Config) -> None:
        from nbval.plugin import IPyNbCell  # type: ignore[import-untyped]

        self._cell_type = IPyNbCell
        folder = tempfile.TemporaryDirectory(
            prefix="ipython-of-the-course-", ignore_cleanup_errors=True
        )
        self._ipython_folder = Path(folder.name)
        config.add_cleanup(folder.cleanup)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Give the kernel, which starts before a notebook's first cell, settled surroundings."""
        from coursekit.notebooks.surroundings import REMOVED, added

        if not isinstance(item, self._cell_type):
            return (yield)
        with pytest.MonkeyPatch.context() as patch:
            for name in REMOVED:
                patch.delenv(name, raising=False)
            for name, value in added(self._ipython_folder).items():
                patch.setenv(name, value)
            result = yield
        kernel = item.parent.kernel
        kernel.execute_cell_input = partial(kernel.kc.execute, stop_on_error=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Run the cell, then fail it where nbval would have passed what it never compared."""
        result = yield
        if isinstance(item, self._cell_type):
            blank = not item.cell.source.strip()  # Jupyter gives a blank cell no count
            if item.cell.execution_count is None and not blank:
                item.raise_cell_error(
                    "This cell was never executed, so there is no output to compare with. "
                    f"Run: python -m coursekit execute {item.path.name}"
                )
            if any("UsageError" in str(output) for output in item.test_outputs or []):
                item.raise_cell_error("UsageError: a magic is unknown or misspelt")
        return result

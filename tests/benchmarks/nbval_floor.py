"""What `pytest --nbval` costs beside what it cannot do without, and beside nbmake.

    python tests/benchmarks/nbval_floor.py [NOTEBOOK_OR_FOLDER ...]

The floor is: for each notebook a bare kernel started and stopped, one start of pytest, and the time
that the kernel itself says it was busy with the cells. All is measured in this one run. The exit
status is 1 if pytest --nbval took more than LIMIT times the floor, or more than SECONDS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from coursekit.notebooks.execute import notebooks_in
from coursekit.notebooks.kernel import CurrentEnvironment
from coursekit.notebooks.surroundings import kernel_environment

ROOT = Path(__file__).parents[2]
LIMIT = 1.3
SECONDS = 120
CELL_TIMEOUT = 120


def main(paths: list[Path]) -> int:
    """Print the figures; return the exit status."""
    notebooks = list(notebooks_in(paths))
    with tempfile.TemporaryDirectory() as empty:
        bare = sum(bare_kernel(path.parent, Path(empty)) for path in notebooks)
        pytest_start = pytest_run("--nbval", empty)
        cells = sum(cells_own_time(path, Path(empty)) for path in notebooks)
    floor = bare + pytest_start + cells
    nbval = pytest_run("--nbval", *map(str, notebooks))
    nbmake = pytest_run("--nbmake", *map(str, notebooks))
    row(f"{len(notebooks)} bare kernels started and stopped", bare)
    row("pytest started once", pytest_start)
    row("the cells' own time", cells)
    row("floor", floor)
    row("pytest --nbval", nbval, f"{nbval / floor:.2f} times the floor")
    row("pytest --nbmake, which compares nothing", nbmake, f"{nbmake / floor:.2f} times the floor")
    return int(nbval > LIMIT * floor or nbval > SECONDS)


def row(what: str, seconds: float, more: str = "") -> None:
    print(f"{what:40} {seconds:6.1f} s  {more}".rstrip())


@contextmanager
def kernel(folder: Path, ipython_folder: Path) -> Iterator[BlockingKernelClient]:
    """A kernel of this environment, killed at the end, which is the quickest way to stop one."""
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=CurrentEnvironment())
    environment = kernel_environment(ipython_folder)
    manager.start_kernel(cwd=str(folder), env=environment, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=CELL_TIMEOUT)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def bare_kernel(folder: Path, ipython_folder: Path) -> float:
    """Seconds to start a kernel until it answers, and to stop it."""
    start = perf_counter()
    with kernel(folder, ipython_folder):
        pass
    return perf_counter() - start


def cells_own_time(notebook: Path, ipython_folder: Path) -> float:
    """Seconds from `busy` to `idle`, by the kernel's own clock, summed over the cells."""
    cells = nbformat.read(notebook, as_version=4).cells
    seconds = 0.0
    with kernel(notebook.parent, ipython_folder) as client:
        for cell in cells:
            if cell.cell_type == "code" and cell.source.strip():
                marks: dict[str, datetime] = {}

                def note(message: dict, marks: dict[str, datetime] = marks) -> None:
                    if message["msg_type"] == "status":
                        marks[message["content"]["execution_state"]] = message["header"]["date"]

                client.execute_interactive(
                    cell.source, output_hook=note, timeout=CELL_TIMEOUT, stop_on_error=False
                )
                seconds += (marks["idle"] - marks["busy"]).total_seconds()
    return seconds


def pytest_run(*arguments: str) -> float:
    """Seconds that a pytest takes. Raises SystemExit if it fails: its time would mean nothing."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    start = perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    seconds = perf_counter() - start
    if done.returncode not in (0, 5):  # 5: an empty folder has no tests
        raise SystemExit(f"{done.stdout[-3000:]}\n{' '.join(command)} failed")
    return seconds


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))

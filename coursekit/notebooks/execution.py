"""Running a notebook from its first cell to its last in a fresh kernel."""

from __future__ import annotations

import tempfile
from pathlib import Path
from subprocess import DEVNULL

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from coursekit.notebooks.course import CourseError
from coursekit.notebooks.kernel import CurrentEnvironmentKernel
from coursekit.notebooks.surroundings import kernel_environment

CELL_TIMEOUT = 120  # seconds; the slowest cell takes a few, on a machine with nothing else to do


async def run(notebook: NotebookNode, folder: Path) -> None:
    """Run every code cell in `folder`, putting the new outputs into `notebook`.

    Raises CourseError for a cell that raises without the tag `raises-exception`, takes more than
    two minutes or ends the kernel. The kernel is gone when this returns or is cancelled.
    """
    kernel = CurrentEnvironmentKernel(kernel_name="python3")
    client = NotebookClient(
        notebook, km=kernel, timeout=CELL_TIMEOUT, record_timing=False, skip_cells_with_tag=""
    )
    with tempfile.TemporaryDirectory(
        prefix="ipython-of-the-course-", ignore_cleanup_errors=True
    ) as ipython_folder:
        environment = kernel_environment(Path(ipython_folder))
        try:
            await client.async_start_new_kernel(cwd=str(folder), env=environment, stderr=DEVNULL)
            await client.async_start_new_kernel_client()
            await _run_cells(client, notebook)
        finally:
            if client.kc:
                client.kc.stop_channels()
            if kernel.has_kernel:
                await kernel.shutdown_kernel()


async def _run_cells(client: NotebookClient, notebook: NotebookNode) -> None:
    number = 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        number += 1
        try:
            await client.async_execute_cell(cell, index)
        except CellExecutionError as error:
            first = str(error.evalue).partition("\n")[0]
            raise CourseError(f"code cell {number} raised {error.ename}: {first}") from None
        except CellTimeoutError:
            raise CourseError(
                f"code cell {number} was not done after {CELL_TIMEOUT} seconds"
            ) from None
        except DeadKernelError:
            raise CourseError(f"code cell {number} ended the kernel") from None

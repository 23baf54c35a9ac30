"""The kernel of the environment that runs now, in surroundings that are everywhere the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import ipykernel.kernelspec
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

# What a terminal, a CI service or a notebook may have set, and what would show in an output.
UNWANTED = ("JPY_SESSION_NAME", "PYTEST_ADDOPTS", "COLUMNS", "LINES")
UNWANTED_COLOURS = ("FORCE_COLOR", "NO_COLOR", "PY_COLORS")


class CurrentEnvironment(KernelSpecManager):
    """Gives this environment's kernel, whatever kernelspecs lie in the user's home."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification of the kernel that runs on `sys.executable`."""
        return KernelSpec(
            resource_dir=ipykernel.kernelspec.RESOURCES, **ipykernel.kernelspec.get_kernel_dict()
        )


class CurrentEnvironmentKernel(AsyncKernelManager):
    """A kernel manager for `CurrentEnvironment`."""

    @default("kernel_spec_manager")
    def _current_environment(self) -> KernelSpecManager:
        return CurrentEnvironment()


def kernel_environment(ipython_folder: Path) -> dict[str, str]:
    """Return the environment variables for a kernel whose outputs are kept or compared.

    `ipython_folder` is an empty folder: the user's own IPython start-up files and history stay out.
    """
    return settled(os.environ, ipython_folder)


def settled(variables: Mapping[str, str], ipython_folder: Path) -> dict[str, str]:
    """Return `variables` without what could show in an output, and with this Python on the path."""
    kept = {k: v for k, v in variables.items() if k not in UNWANTED + UNWANTED_COLOURS}
    kept["IPYTHONDIR"] = str(ipython_folder)
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables.get("PATH", "")])
    return kept

"""The kernel of the environment that runs now."""

from __future__ import annotations

import ipykernel.kernelspec
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default


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

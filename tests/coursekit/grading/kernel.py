"""A real kernel in a project's folder, driven as JupyterLab drives it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
from jupyter_client.manager import KernelManager

Found = TypeVar("Found")

PATIENCE = 60.0
"""Seconds a cell may take before the test gives up: none comes near it."""


@dataclass(frozen=True)
class Answer:
    """What a cell showed: its text, whether it ended well, the seconds it took."""

    text: str
    status: str
    seconds: float
    html: str = ""


class Kernel:
    """A kernel that has loaded the extension."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        temporary.mkdir(exist_ok=True)
        self.temporary = temporary
        self.manager = KernelManager(kernel_name="python3")
        assert self.manager.kernel_spec is not None
        self.manager.kernel_spec.argv[0] = sys.executable
        environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONWARNINGS": "default"}
        self.manager.start_kernel(cwd=str(folder), env=environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        self.loaded = self.run("%load_ext coursekit")

    def run(self, cell: str) -> Answer:
        """Run a cell to its end."""
        return self.answer(self.send(cell))

    def send(self, cell: str) -> str:
        """Send a cell without waiting; `answer` waits for it."""
        self.started = time.perf_counter()
        return str(self.client.execute(cell, allow_stdin=False, stop_on_error=False))

    def answer(self, message: str) -> Answer:
        """Wait until a cell that was sent has ended."""
        texts: list[str] = []
        pages: list[str] = []
        end = time.monotonic() + PATIENCE
        while True:
            heard = self.client.get_iopub_msg(timeout=end - time.monotonic())
            if heard["parent_header"].get("msg_id") != message:
                continue
            kind, content = heard["msg_type"], heard["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            _collect(kind, content, texts, pages)
        while True:
            reply = self.client.get_shell_msg(timeout=end - time.monotonic())
            if reply["parent_header"].get("msg_id") == message:
                break
        seconds = time.perf_counter() - self.started
        return Answer("".join(texts), reply["content"]["status"], seconds, "".join(pages))

    @property
    def pid(self) -> int:
        """The process id of the kernel."""
        pid = self.manager.provisioner.pid  # type: ignore[union-attr]
        assert isinstance(pid, int)
        return pid

    @property
    def server(self) -> psutil.Process:
        """The process that runs the tests."""
        # For a moment after its start it has no command line.
        (server,) = wait_until(
            lambda: [
                child
                for child in psutil.Process(self.pid).children()
                if "coursekit.grading.session" in child.cmdline()
            ]
        )
        return server

    def interrupt(self) -> None:
        """Interrupt the kernel as the stop button does."""
        self.manager.interrupt_kernel()

    def has_a_signal_pending(self) -> bool:
        """Whether Linux still has a signal for the kernel to deliver; other systems do not say."""
        path = Path(f"/proc/{self.pid}/status")
        status = path.read_text(encoding="ascii") if path.exists() else ""
        return any(
            int(line.split()[1], 16)
            for line in status.splitlines()
            if line.startswith(("SigPnd", "ShdPnd"))
        )

    def restart(self) -> None:
        """Restart the kernel as the restart button does."""
        self.manager.restart_kernel(now=False)
        self.client.wait_for_ready(timeout=PATIENCE)
        self.loaded = self.run("%load_ext coursekit")

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def left_over(self) -> list[Path]:
        """Return the temporary files that lie there now."""
        return sorted(self.temporary.glob("coursekit-*"))


def _collect(kind: str, content: dict[str, Any], texts: list[str], pages: list[str]) -> None:
    if kind == "stream":
        texts.append(content["text"])
    elif kind in ("display_data", "execute_result"):
        texts.append(content["data"]["text/plain"] + "\n")
        pages.append(content["data"].get("text/html", ""))
    elif kind == "error":
        texts.append("\n".join(content["traceback"]))


def wait_until(condition: Callable[[], Found], seconds: float = 10.0) -> Found:
    """Wait until `condition()` is true and return it; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found

"""JupyterLab, started as the README says, on a copy of the project."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

PROJECT = Path(__file__).parents[2]
START_SECONDS = 60
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "uv.lock")


@dataclass
class LabServer:
    """A running JupyterLab, blind to the configuration of whoever runs the tests."""

    process: subprocess.Popen[bytes]
    address: str
    token: str
    project: Path
    first_page: Path  # what JupyterLab opens in the learner's browser

    @classmethod
    def start(cls, home: Path) -> LabServer:
        """Copy the project below `home`, start JupyterLab there and wait until it answers.

        Port, address and token are JupyterLab's own choice, as for a learner.
        """
        project = home / "course"
        shutil.copytree(PROJECT, project, ignore=LEFT_OUT)
        runtime = home / "runtime"
        command = [sys.executable, "-m", "jupyter", "lab", *_options_in_the_readme()]
        command += ["--no-browser", "--expose-app-in-browser"]
        if os.name == "posix" and os.geteuid() == 0:
            command += ["--allow-root"]
        log = home / "server.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command,
                cwd=project,
                env=_environment(home, runtime, project),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        facts = _facts_once_it_listens(process, runtime, log)
        first_page = runtime / f"jpserver-file-to-run-{process.pid}-open.html"
        return cls(process, facts["url"], facts["token"], project, first_page)

    def addresses(self) -> set[str]:
        """The addresses on which the server listens."""
        server = psutil.Process(self.process.pid)
        for _ in range(50):  # on a busy machine the system's table was once seen without it
            connections = server.net_connections("inet")
            if found := {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}:
                return found
            time.sleep(0.1)
        return set()

    def stop(self) -> None:
        """Stop the server and all its kernels."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        finally:
            for child in family:
                if child.is_running():
                    child.kill()


def _options_in_the_readme() -> list[str]:
    script = [sys.executable, str(PROJECT / ".ci" / "readme_command.py"), "open"]
    command = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    return shlex.split(command.partition("jupyter lab ")[2])


def _environment(home: Path, runtime: Path, project: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTEST"))}
    return kept | {
        # The copy is what the learner has installed, not the project it was copied from.
        "PYTHONPATH": os.pathsep.join([str(project), str(project / "worker")]),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(home / "ipython"),
    }


def _facts_once_it_listens(
    process: subprocess.Popen[bytes], runtime: Path, log: Path
) -> dict[str, Any]:
    """The address and the token, which the server writes to a file just before it listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for path in runtime.glob(f"jpserver-{process.pid}.json"):
            facts: dict[str, Any] = json.loads(path.read_text())
            with contextlib.suppress(httpx.ConnectError):
                httpx.get(f"{facts['url']}api")
                return facts
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")

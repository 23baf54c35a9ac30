"""The temporary folder of a server: gone with it, whichever way it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from coursekit.grading import folder
from coursekit.grading.engine import Engine
from coursekit.grading.project import Project
from tests.coursekit.grading.kernel import wait_until


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, in this process and in servers it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def folders(temporary: Path) -> list[Path]:
    return sorted(temporary.glob("coursekit-*"))


def test_a_server_that_fails_by_itself_leaves_nothing(temporary: Path, project: Project) -> None:
    engine = Engine(project)
    server = engine._process
    wait_until(lambda: folders(temporary))
    assert server is not None
    assert server.stdin is not None
    server.stdin.write(b"no order of ours\n")
    server.stdin.flush()
    server.wait(timeout=10)
    assert folders(temporary) == []
    engine.close()


def test_a_server_ends_with_its_kernel_though_another_process_holds_the_pipe(
    temporary: Path, project: Project
) -> None:
    code = f"""
import os, sys, time
from pathlib import Path
from coursekit.grading.engine import Engine
from coursekit.grading.project import find
engine = Engine(find(Path({str(project.root)!r})))
if os.fork() == 0:
    os.close(1)
    time.sleep(60)
    os._exit(0)
list(engine.run([]))
print(engine._process.pid, flush=True)
os._exit(1)
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False)
    server = int(done.stdout)
    wait_until(lambda: not psutil.pid_exists(server))
    assert folders(temporary) == []


def test_only_folders_whose_process_is_gone_are_swept(temporary: Path) -> None:
    living = folder.make()
    (temporary / "coursekit-left" / "job-1").mkdir(parents=True)
    (temporary / "coursekit-left" / "job-1" / "cell.py").touch()
    (temporary / "another").mkdir()
    folder.sweep()
    assert folders(temporary) == [living]
    assert (temporary / "another").is_dir()


def test_a_sweep_follows_no_link(temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").touch()
    elsewhere.chmod(0o750)
    os.symlink(elsewhere, temporary / "coursekit-link")
    folder.sweep()
    assert (elsewhere / "kept").exists()
    assert elsewhere.stat().st_mode & 0o777 == 0o750


def test_a_folder_that_nobody_may_enter_is_removed(temporary: Path) -> None:
    locked = temporary / "coursekit-left" / "locked"
    locked.mkdir(parents=True)
    (locked / "file").touch()
    locked.chmod(0)
    folder.remove(locked.parent)
    assert folders(temporary) == []

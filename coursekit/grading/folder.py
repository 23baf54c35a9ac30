"""The server's temporary folder, and those that servers left which were killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "coursekit-"


def make() -> Path:
    """Make a folder that is this process's own for as long as it or a fork of it lives."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        if _lock(folder):  # else a sweep came between
            return folder


def sweep() -> None:
    """Remove the folders of this user whose process was killed before it could do so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        descriptor = _lock(folder, wait=False)
        if descriptor:
            remove(folder)
            os.close(descriptor)


def _lock(folder: Path, wait: bool = True) -> int:
    """Return a descriptor that holds the lock on `folder`; 0 if it is held or the folder gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return 0
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        if folder.exists():
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return 0


def remove(folder: Path) -> None:
    """Remove a folder with all in it, also where a test took away the right to."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    for inner, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):
            os.chmod(inner, 0o700)
    shutil.rmtree(folder, ignore_errors=True)

"""The course's tool kit: a test harness, a grader and pictures of what tasks do.

In a notebook, `%load_ext coursekit` sets all of it up.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give the notebook its magics and start the process that runs its tests."""
    if not hasattr(os, "fork"):
        print("coursekit needs a system that can fork processes. On Windows, use WSL.")
        return
    # Imported here: pytest plugins and workers import this package without IPython.
    from coursekit import timeline
    from coursekit.grading import magic
    from coursekit.notebooks import progress

    magic.register(shell)
    timeline.register(shell)
    progress.register(shell)
    print("coursekit is ready: tests run in a process of their own, in virtual time.")

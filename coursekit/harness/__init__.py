"""Deterministic tests for asyncio: virtual time, deadlock reports, settle, schedules, leak checks.

As a pytest plugin: ``pytest_plugins = ["coursekit.harness"]`` in a root conftest.py, or
``-p coursekit.harness``. pytest is imported only when it loads the plugin: a notebook that imports
settle() pays next to nothing.

PYTEST_DONT_REWRITE: the package may be imported before pytest registers it.
"""

from coursekit.harness.deadlock import Deadlock, Livelock
from coursekit.harness.loop import VirtualTimeLoop
from coursekit.harness.settle import settle

# pytest follows this name in every plugin module it loads.
pytest_plugins = ["coursekit.harness.plugin"]

__all__ = ["Deadlock", "Livelock", "VirtualTimeLoop", "settle"]

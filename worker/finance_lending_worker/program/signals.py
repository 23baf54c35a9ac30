"""SIGTERM and SIGINT as a wish, heard from the first moment on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class StopSignals:
    """Catches both signals from now until the program ends; made first, before slow imports.

    Attributes:
        came: whether one came.
    """

    def __init__(self) -> None:
        self.came = False
        self._tell: Callable[[], object] | None = None
        signal.signal(signal.SIGTERM, self._receive)
        signal.signal(signal.SIGINT, self._receive)

    @contextmanager
    def told_to(self, tell: Callable[[], object]) -> Iterator[None]:
        """Call `tell` for each signal that comes in the block, and at once if one came before.

        It is called between any two lines of the program, so it must do no more than wake a loop.
        """
        self._tell = tell
        if self.came:
            tell()
        try:
            yield
        finally:
            self._tell = None

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        if self._tell is not None:
            self._tell()

"""A few numbers that a run leaves for the process that forked it, however the run ends."""

from __future__ import annotations

import mmap
import struct

_FORM = struct.Struct("iii")


class Board:
    """Memory shared over a fork.

    `current` is the position of the test that runs, `failed` one more than that of the last one
    that failed (0: none), `whole` whether the run came to its end.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _FORM.size)

    def clear(self) -> None:
        """Forget the last run."""
        self._write(0, 0, 0)

    @property
    def current(self) -> int:
        """The position of the test that runs, or ran last."""
        return self._read()[0]

    @current.setter
    def current(self, position: int) -> None:
        _, failed, whole = self._read()
        self._write(position, failed, whole)

    @property
    def failed(self) -> int:
        """One more than the position of the last test that failed; 0 if none did."""
        return self._read()[1]

    @failed.setter
    def failed(self, number: int) -> None:
        current, _, whole = self._read()
        self._write(current, number, whole)

    @property
    def whole(self) -> bool:
        """Whether the run came to its end."""
        return bool(self._read()[2])

    @whole.setter
    def whole(self, value: bool) -> None:
        current, failed, _ = self._read()
        self._write(current, failed, int(value))

    def _read(self) -> tuple[int, int, int]:
        current, failed, whole = _FORM.unpack(self._memory[:])
        return current, failed, whole

    def _write(self, current: int, failed: int, whole: int) -> None:
        self._memory[:] = _FORM.pack(current, failed, whole)

"""The input: lines of a file or a pipe, one job each, read without making other tasks wait."""

from __future__ import annotations

import asyncio
import codecs
import json
import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_CHUNK = 64 * 1024  # bytes

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Line:
    """A line of the input, without its end; the first has the number 1."""

    number: int
    raw: bytes

    def job(self) -> Any:
        """What the line says in JSON; raises ValueError with a reason if it says nothing."""
        try:
            return json.loads(self.raw)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error.msg} (column {error.colno})") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"not UTF-8: byte {error.start + 1} of the line") from error
        except RecursionError as error:
            raise ValueError("not a job: nested too deeply") from error


class LineReader:
    """Reads the lines of an open file; blank ones are counted, but left out.

    Attributes:
        count: how many lines were read, blank ones not included.
        ends: whether there is an end to read to; a pipe may have none.
    """

    def __init__(self, descriptor: int) -> None:
        self.count = 0
        self.ends = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._partial = bytearray()  # the begin of a line; adding to it copies nothing
        self._descriptor = descriptor
        self._number = 0

    async def __aiter__(self) -> AsyncIterator[Line]:
        while chunk := await self._read():
            *ends, rest = chunk.split(b"\n")
            for end in ends:
                self._partial += end
                if line := self.last():
                    yield line
            self._partial += rest
        if line := self.last():
            yield line

    def last(self) -> Line | None:
        """The line as far as it has come, unless it is blank: nobody waits for more of it."""
        raw = bytes(self._partial)
        self._partial.clear()
        self._number += 1
        if self._number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if not raw.strip():
            return None
        self.count += 1
        return Line(self._number, raw)

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        try:
            loop.add_reader(self._descriptor, readable.set)
        except (PermissionError, NotImplementedError):
            # A file on disk is always readable. Windows cannot tell; there a pipe may block.
            await asyncio.sleep(0)
        else:
            try:
                await readable.wait()
            finally:
                loop.remove_reader(self._descriptor)
        return os.read(self._descriptor, _CHUNK)


@contextmanager
def opened(name: str) -> Iterator[int]:
    """The descriptor of the input `name`; ``-`` is standard input. Raises OSError."""
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise OSError("standard input is closed")
        yield sys.stdin.fileno()
    else:
        with open(name, "rb", buffering=0) as file:
            yield file.fileno()

"""How far it is, on standard error."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

_INTERVAL = 0.5  # seconds


def say(text: str) -> None:
    """Write a line to standard error; nobody there to read it is no reason to stop."""
    with suppress(OSError, ValueError):
        start = "\r\x1b[K" if sys.stderr.isatty() else ""
        print(f"{start}{text}", file=sys.stderr, flush=True)


@asynccontextmanager
async def progress(text: Callable[[], str]) -> AsyncIterator[None]:
    """Show ``text()`` twice a second while the block runs; a terminal shows it in one place."""
    showing = asyncio.create_task(_show(text))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait([showing])  # awaited itself, it could hide a cancellation of ours
        if not showing.cancelled():
            showing.result()


async def _show(text: Callable[[], str]) -> None:
    while True:
        await asyncio.sleep(_INTERVAL)
        if sys.stderr.isatty():
            with suppress(OSError, ValueError):
                print(f"\r\x1b[K{text()}", end="", file=sys.stderr, flush=True)
        else:
            say(text())

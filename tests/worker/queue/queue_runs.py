"""What several tests of queues need."""

import asyncio
from typing import Any

import pytest

needs_shutdown = pytest.mark.skipif(
    not hasattr(asyncio.Queue, "shutdown"), reason="needs Python 3.13: Queue.shutdown"
)


async def cancels_itself_and_keeps_that_quiet(message: Any) -> Any:
    """Return the message; the calling task counts a cancellation that nobody takes back."""
    asyncio.current_task().cancel()
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        return message

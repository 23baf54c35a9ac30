"""`timeline()`: watch the tasks that a block of code starts."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from coursekit.timeline.panel import Panel
from coursekit.timeline.picture import Picture
from coursekit.timeline.tracing import Tracer


class timeline(Picture):
    """Draw what the tasks started inside the block do, until the end of the block.

    Use it where a loop runs, as `with timeline() as picture:` or with `async with`; afterwards
    `picture` is the finished Picture. The task that runs the block is not drawn: it started
    before. Tasks that outlive the block are drawn up to its end, and run on undisturbed.
    Raises RuntimeError where no loop runs.
    """

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self._title = title
        self._tracer: Tracer | None = None

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The picture so far, or the whole one after the block."""
        return (Panel(self._title, self._tracer.record()),) if self._tracer is not None else ()

    def __enter__(self) -> Self:
        self._tracer = Tracer(asyncio.get_running_loop())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._tracer is not None:
            self._tracer.uninstall()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

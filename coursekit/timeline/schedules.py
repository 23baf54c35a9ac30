"""The same code under several schedules, drawn one above the other."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from coursekit.harness import Deadlock, Livelock
from coursekit.timeline import apart
from coursekit.timeline.panel import Panel, part
from coursekit.timeline.picture import Picture


def compare(
    scenario: Callable[[], Coroutine[Any, Any, Any]],
    seeds: Sequence[int] = (3, 11),
    *,
    limit: float = apart.LIMIT,
) -> Picture:
    """Run `scenario()` once a seed in virtual time and draw the runs one above the other.

    Each title says how the run ended. Where the first two runs part, both are marked. `scenario`
    is a coroutine function without arguments, such as a test. `limit` is in seconds of real time
    a run. Works in a notebook's cell, where a loop already runs, and outside one.
    """
    endings = [apart.run(scenario, seed=seed, limit=limit) for seed in seeds]
    records = [ending.record for ending in endings]
    parts = part(records[0], records[1]) if len(records) > 1 else None
    return Picture(
        *(
            Panel(f"schedule {seed}, {outcome(ending.error)}", ending.record, parts)
            for seed, ending in zip(seeds, endings, strict=True)
        )
    )


def outcome(error: BaseException | None) -> str:
    """How a run ended, in a few words."""
    if error is None:
        return "passes"
    if isinstance(error, Deadlock | Livelock):
        return f"fails: {type(error).__name__}"
    message = str(error).strip().partition("\n")[0]
    told = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return f"fails: {told if len(told) <= 48 else told[:47] + '…'}"

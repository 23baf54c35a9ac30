"""What a step of virtual time costs: 10,000 timers one after the other, in processor time.

    python tests/benchmarks/virtual_time.py

Prints the median, the spread and, for comparison, as many steps of the same loop without timers.
The exit status is 1 if the median of the timers is over the promise. Processor time: what other
programs take of the machine does not count.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import sys
import time
from collections.abc import Callable

from coursekit.harness import VirtualTimeLoop

STEPS = 10_000
ROUNDS = 25
PROMISE = 0.2  # seconds


async def timers() -> None:
    for _ in range(STEPS):
        await asyncio.sleep(1)


async def timers_of_a_hundred_tasks() -> None:
    async def tick(pause: float) -> None:
        for _ in range(STEPS // 100):
            await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as group:
        for number in range(100):
            group.create_task(tick(1 + number / 100))


async def timers_beside_an_idle_thread() -> None:
    await asyncio.to_thread(int)
    await timers()


async def no_timers() -> None:
    for _ in range(STEPS):
        await asyncio.sleep(0)


def seconds(scenario: Callable[[], object], seed: int | None) -> float:
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(seed)) as runner:
        began = time.process_time()
        runner.run(scenario())  # type: ignore[arg-type]
        return time.process_time() - began


def main() -> int:
    print(f"Python {platform.python_version()}, {ROUNDS} rounds of {STEPS:,} steps; seconds")
    print(f"{'':44}{'median':>8}{'lowest':>8}{'highest':>8}")
    worst = 0.0
    for scenario in (timers, timers_of_a_hundred_tasks, timers_beside_an_idle_thread, no_timers):
        for seed in (None, 1):
            costs = [seconds(scenario, seed) for _ in range(ROUNDS)]
            median = statistics.median(costs)
            worst = max(worst, median)
            name = scenario.__name__.replace("_", " ") + (" on a schedule" if seed else "")
            print(f"{name:44}{median:8.3f}{min(costs):8.3f}{max(costs):8.3f}")
    print(f"worst median {worst:.3f} s; the promise is at most {PROMISE:g}")
    return int(worst > PROMISE)


if __name__ == "__main__":
    sys.exit(main())

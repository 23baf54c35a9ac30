"""What a timeline costs the code it watches, in microseconds of processor time a step.

    python tests/benchmarks/timeline_overhead.py

Each kind of step runs with and without a timeline, by turns, on the same kind of loop; the
figure is the difference divided by the number of steps. The picture is drawn later, so its time
is told apart.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import time
from collections.abc import Awaitable, Callable

from coursekit.harness import VirtualTimeLoop
from coursekit.timeline.panel import Panel
from coursekit.timeline.picture import Picture
from coursekit.timeline.tracing import Tracer

STEPS = 5_000
ROUNDS = 15
PROMISE = 20.0  # microseconds a step


async def sleep_zero() -> None:
    for _ in range(STEPS):
        await asyncio.sleep(0)


async def sleep_on_a_timer() -> None:
    for _ in range(STEPS):
        await asyncio.sleep(0.001)


async def hand_over_a_queue() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(1)

    async def produce() -> None:
        for item in range(STEPS // 2):
            await queue.put(item)

    producer = asyncio.create_task(produce())
    for _ in range(STEPS // 2):
        await queue.get()
    await producer


async def take_a_lock_ten_calls_deep() -> None:
    lock = asyncio.Lock()

    async def deep(calls: int) -> None:
        if calls:
            await deep(calls - 1)
        else:
            async with lock:
                await asyncio.sleep(0)

    async def repeat() -> None:
        for _ in range(STEPS // 4):
            await deep(10)

    await asyncio.gather(repeat(), repeat())


async def read_an_async_generator() -> None:
    async def numbers():  # type: ignore[no-untyped-def]
        for number in range(STEPS):
            await asyncio.sleep(0)
            yield number

    async for _ in numbers():
        pass


def seconds(scenario: Callable[[], Awaitable[None]], *, watched: bool) -> tuple[float, int, Tracer]:
    """The processor time of one run, the steps noted, and what noted them."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        tracer = Tracer(runner.get_loop())
        if not watched:
            tracer.uninstall()
        began = time.process_time()
        runner.run(scenario())  # type: ignore[arg-type]
        taken = time.process_time() - began
        tracer.uninstall()
    return taken, tracer.steps, tracer


def main() -> None:
    print(f"Python {platform.python_version()}, {ROUNDS} rounds of about {STEPS} steps; µs a step")
    print(f"{'':28}{'median':>8}{'lowest':>8}{'highest':>8}{'bare':>8}{'drawn in':>12}")
    worst = 0.0
    for scenario in (
        sleep_zero,
        sleep_on_a_timer,
        hand_over_a_queue,
        take_a_lock_ten_calls_deep,
        read_an_async_generator,
    ):
        costs, bares = [], []
        for _ in range(ROUNDS):
            bare, _, _ = seconds(scenario, watched=False)
            watched, steps, tracer = seconds(scenario, watched=True)
            costs.append((watched - bare) / steps * 1e6)
            bares.append(bare / steps * 1e6)
        began = time.process_time()
        picture = Picture(Panel("", tracer.record()))
        len(picture.html)
        drawn = time.process_time() - began
        median = statistics.median(costs)
        worst = max(worst, median)
        name = scenario.__name__.replace("_", " ")
        print(
            f"{name:28}{median:8.1f}{min(costs):8.1f}{max(costs):8.1f}"
            f"{statistics.median(bares):8.1f}{drawn * 1e3:9.0f} ms"
        )
    print(f"worst median {worst:.1f} µs a step; the promise is under {PROMISE:g}")
    raise SystemExit(worst >= PROMISE)


if __name__ == "__main__":
    main()

"""What the worker's tests share: many orders of the same steps."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from coursekit.harness import VirtualTimeLoop

SEEDS = range(1, 11)


@pytest.fixture(
    params=[None, *SEEDS], ids=lambda seed: "in-turn" if seed is None else f"seed-{seed}"
)
def run_in_order(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine with its tasks in turn, and in the order of each of ten seeds."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(request.param)) as runner:
            return runner.run(main)

    return run

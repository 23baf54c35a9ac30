"""With `config.option.timeline`: draw the tasks of each test, in the process that runs it.

The report of each asynchronous test carries the text form as the user property `timeline-text`
and the form for a notebook as
`timeline-html`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest

from coursekit.timeline.panel import Panel
from coursekit.timeline.picture import Picture
from coursekit.timeline.tracing import Tracer

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
_TRACERS = pytest.StashKey[list[Tracer]]()


def _active(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "timeline", False))


@pytest.hookimpl(wrapper=True)
def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Generator[None, Mapping[str, LoopFactory] | None, Mapping[str, LoopFactory] | None]:
    """Put a tracer on every loop, before it has its first task."""
    factories = yield
    if factories is None or not _active(config):
        return factories
    tracers = config.stash.setdefault(_TRACERS, [])
    return {name: _traced(factory, tracers) for name, factory in factories.items()}


def _traced(factory: LoopFactory, tracers: list[Tracer]) -> LoopFactory:
    def make() -> asyncio.AbstractEventLoop:
        loop = factory()
        tracers[:] = [tracer for tracer in tracers if not tracer.loop.is_closed()]
        tracers.append(Tracer(loop))
        return loop

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Begin the picture with the test itself: what its fixtures did before is left out."""
    for tracer in item.config.stash.get(_TRACERS, []):
        tracer.since = tracer.steps
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the picture to the report of the test's own phase."""
    report = yield
    if call.when == "call":
        for tracer in item.config.stash.get(_TRACERS, []):
            if tracer.steps > tracer.since:
                picture = Picture(Panel(item.name, tracer.record()))
                report.user_properties.append(("timeline-text", repr(picture)))
                report.user_properties.append(("timeline-html", picture.html))
    return report

"""The pytest plugin: virtual time for every async test, and a test that leaves something behind fails."""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest

from coursekit.harness.deadlock import Deadlock, Livelock
from coursekit.harness.leaks import NEVER_AWAITED, Leaks
from coursekit.harness.loop import VirtualTimeLoop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

_FACTORIES = pytest.StashKey[dict[str, LoopFactory]]()
_LEAKS = pytest.StashKey[Leaks]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("asyncio").addoption(
        "--schedule",
        type=int,
        default=None,
        metavar="N",
        help="run ready tasks in the order that seed N gives, to replay a schedule",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_time: run the test on a standard loop, in real time")
    # Turned into an error, the warning reaches sys.unraisablehook, where the leak check sees it.
    config.addinivalue_line("filterwarnings", f"error:coroutine .* {NEVER_AWAITED}:RuntimeWarning")
    leaks = config.stash[_LEAKS] = Leaks()
    # The same objects for every test: pytest compares them to know whether a wider loop can be kept.
    config.stash[_FACTORIES] = {
        "virtual": functools.partial(_virtual, config, leaks),
        "real_time": functools.partial(_real_time, leaks),
    }


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    name = "real_time" if item.get_closest_marker("real_time") else "virtual"
    return {name: config.stash[_FACTORIES][name]}


def _virtual(config: pytest.Config, leaks: Leaks) -> asyncio.AbstractEventLoop:
    loop = VirtualTimeLoop(seed=config.getoption("schedule", None))
    leaks.watch_loop(loop)
    return loop


def _real_time(leaks: Leaks) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    leaks.watch_loop(loop)
    return loop


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    value = yield
    if isinstance(value, asyncio.Runner):
        # Finalisers run last in, first out: after those of the loop's fixtures, before the loop is closed.
        leaks = request.config.stash[_LEAKS]
        fixturedef.addfinalizer(functools.partial(leaks.tasks_left, value.get_loop(), set()))
    return value


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with item.config.stash[_LEAKS].watch_coroutines():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    leaks = item.config.stash[_LEAKS]
    # The error of the test before this one keeps its frames alive, and with them its coroutines.
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)
    leaks.take()
    result = yield
    _fail_on(leaks.take())
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    gc.collect()
    _fail_on(item.config.stash[_LEAKS].take())
    return result


def _fail_on(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if (
        call.excinfo is not None
        and isinstance(call.excinfo.value, Deadlock | Livelock)
        and report.failed
    ):
        # The message says where; the traceback would show pytest and asyncio only.
        report.longrepr = call.excinfo.getrepr(style="value", chain=False)
    return report

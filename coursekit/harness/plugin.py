"""The pytest plugin: virtual time for every async test, and what is left behind fails it."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest

from coursekit.harness.deadlock import Deadlock, Livelock
from coursekit.harness.leaks import NEVER_AWAITED, Leaks, only_new_garbage
from coursekit.harness.loop import VirtualTimeLoop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

_FACTORIES = pytest.StashKey[dict[str, LoopFactory]]()
_LEAKS = pytest.StashKey[Leaks]()
_LOOP = pytest.StashKey[asyncio.AbstractEventLoop]()
_CLEANS_UP = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --schedule."""
    parser.getgroup("asyncio").addoption(
        "--schedule",
        type=int,
        default=None,
        metavar="N",
        help="run tasks that are ready at the same time in the order drawn from the seed N",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker real_time, and prepare the loops."""
    config.addinivalue_line("markers", "real_time: run the test on a standard loop, in real time")
    # As an error, the warning reaches sys.unraisablehook, where the leak check listens.
    config.addinivalue_line("filterwarnings", f"error:coroutine .* {NEVER_AWAITED}:RuntimeWarning")
    leaks = Leaks()

    def virtual() -> asyncio.AbstractEventLoop:
        loop = VirtualTimeLoop(seed=config.getoption("schedule", None))
        loop.set_exception_handler(leaks.loop_error)
        return loop

    def real_time() -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(leaks.loop_error)
        return loop

    config.stash[_LEAKS] = leaks
    factories: dict[str, LoopFactory] = {"virtual": virtual, "real_time": real_time}
    config.stash[_FACTORIES] = factories


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    """Choose the loop of a test and its fixtures."""
    name = "real_time" if item.get_closest_marker("real_time") else "virtual"
    return {name: config.stash[_FACTORIES][name]}


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Look at each loop before it is closed, for pytest-asyncio then cancels what is left."""
    cleans_up = _cleans_up(fixturedef)
    value = yield
    if isinstance(value, asyncio.Runner):
        loop = value.get_loop()
        # The last finaliser runs first: after those of the loop's fixtures, which come later still.
        leaks = request.config.stash[_LEAKS]
        fixturedef.addfinalizer(functools.partial(leaks.tasks_left, loop))
        if fixturedef.scope == "function":
            request.node.stash[_LOOP] = loop
    elif cleans_up:
        request.node.stash[_CLEANS_UP] = True
    return value


def _cleans_up(fixturedef: pytest.FixtureDef[Any]) -> bool:
    """Whether a fixture of the test's own may end, when it is torn down, what the test began."""
    function = inspect.unwrap(fixturedef.func)
    if function.__module__.partition(".")[0] in ("_pytest", "pytest_asyncio"):
        return False
    return (
        inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
        or "request" in fixturedef.argnames
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch for coroutines nobody awaits, from the first fixture to the last finaliser."""
    # The error of the last test keeps its frames alive, and with them its coroutines.
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)
    leaks = item.config.stash[_LEAKS]
    with only_new_garbage(), leaks.watching_coroutines():
        leaks.begin()
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that leaves something behind which no fixture of its own will end."""
    leaks = item.config.stash[_LEAKS]
    loop = item.stash.get(_LOOP, None)
    known = asyncio.all_tasks(loop) if loop else ()
    try:
        result = yield
        if loop and not item.stash.get(_CLEANS_UP, False):
            leaks.tasks_left(loop, known)
        _fail_on(leaks)
    except BaseException:
        leaks.test_failed()
        raise
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose fixtures leave something behind too."""
    result = yield
    _fail_on(item.config.stash[_LEAKS])
    return result


def _fail_on(leaks: Leaks) -> None:
    if found := leaks.take():
        pytest.fail(found, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a verdict's message alone: its traceback would lead through pytest only.

    Another error gets a note if virtual time may be its cause.
    """
    error, loop = call.excinfo, item.stash.get(_LOOP, None)
    if error is None:
        return (yield)
    is_verdict = isinstance(error.value, Deadlock | Livelock)
    if not is_verdict and isinstance(loop, VirtualTimeLoop) and (note := loop.passed_by()):
        error.value.add_note(note)
    report = yield
    if report.failed and is_verdict:
        report.longrepr = error.getrepr(style="value", chain=False)
    return report

"""What the source of a cell tells of its tests before they run."""

from __future__ import annotations

import ast

import pytest

from coursekit.grading import elsewhere, hashing, inspection


@pytest.mark.parametrize(
    "test",
    [
        "def test_a(): assert 1",
        "def test_a():\n    with pytest.raises(ValueError): f()",
        "def test_a(): mock.assert_awaited_once_with(1)",
        "def test_a(): pytest.fail('no')",
        "def test_a():\n    if f(): raise AssertionError",
        "async def test_a(): await check_all(1)",
        "async def test_a(): expect_calls(2)",
    ],
)
def test_a_test_that_can_fail_on_purpose_checks_something(test: str) -> None:
    (found,) = inspection.tests_of(ast.parse(test))
    assert not inspection.checks_nothing(found)


@pytest.mark.parametrize("test", ["def test_a(): f()", "async def test_a():\n    x = await f()"])
def test_a_test_that_only_calls_checks_nothing(test: str) -> None:
    (found,) = inspection.tests_of(ast.parse(test))
    assert inspection.checks_nothing(found)


@pytest.mark.parametrize(
    ("text", "attempted"),
    [
        ("async def test_a(): ...", False),
        ('def test_a():\n    """To do."""\n    pass', False),
        ("class TestA:\n    def test_a(self): pass", False),
        ("x = 1", False),
        ("def test_a(): f()", True),
        ("class TestA:\n    async def test_a(self): assert f()", True),
        ("def test_a(): ...\ndef test_b(): assert 1", True),
    ],
)
def test_a_cell_is_attempted_once_a_test_does_anything(text: str, attempted: bool) -> None:
    assert inspection.is_attempted(ast.parse(text)) is attempted


@pytest.mark.parametrize(
    "text",
    [
        "LUCK = random.random()",
        "class A:\n    number = next(counter)",
        "def test_a(n=draw()): ...",
        "@mark(draw())\ndef test_a(): ...",
        "@pytest.mark.parametrize('n', [draw()])\ndef test_a(n): ...",
        "if clock(): x = 1",
        "NAMES = list(read())",
        "PLACE = id(3)",
    ],
)
def test_a_call_at_the_top_of_a_cell_is_noticed(text: str) -> None:
    assert inspection.acts_when_imported(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "ERRORS = [ValueError('no'), KeyError(3)]\nNUMBERS = list(range(6))",
        "import random\nLIMIT = 3\nJOBS = [1, {'a': -2}]",
        "def test_a(n=1): return draw()",
        "draw = lambda: random.random()",
        "@pytest.fixture(autouse=True)\ndef pool(): return draw()",
        "@pytest.mark.parametrize('n', [1, pytest.param(2, id='two')])\ndef test_a(n): ...",
        "class TestA:\n    async def test_a(self): await f()",
    ],
)
def test_definitions_and_what_belongs_to_pytest_do_nothing_by_themselves(text: str) -> None:
    assert not inspection.acts_when_imported(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "assert list({1, 2}) == [1, 2]",
        "seen = set()\nassert ''.join(seen) == 'ab'",
        "seen = {1, 2}\nfirst = seen.pop()",
        "for user in {f'user-{n}' for n in range(3)}: ask(user)",
        "first, *rest = [*set(users)]",
        "assert f'{set(users)}' == '{1}'",
        "assert hash('a') % 2",
        "names = [name for name in frozenset(users)]",
    ],
)
def test_the_order_of_a_set_and_a_hash_are_noticed(text: str) -> None:
    assert hashing.orders_by_hash(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "assert set(seen) == {1, 2}",
        "seen = set()\nseen.add(1)\nassert len(seen) == 1\nassert 1 in seen",
        "assert sorted({3, 1}) == [1, 3]",
        "jobs = [1]\nfor job in jobs: jobs.pop()\nprint(*jobs)",
    ],
)
def test_to_compare_count_or_sort_a_set_is_safe(text: str) -> None:
    assert not hashing.orders_by_hash(ast.parse(text))


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("import time\nassert time.time() > 0", True),
        ("from time import time as now\nassert now() > 0", True),
        ("from datetime import datetime\nassert datetime.now(UTC).year", True),
        ("assert datetime.date.today()", True),
        ("assert asyncio.get_running_loop().time() == 2", False),
        ("assert time.perf_counter() - start < 1", False),
    ],
)
def test_the_clock_on_the_wall_is_told_from_those_that_measure(text: str, reads: bool) -> None:
    assert elsewhere.reads_the_clock(ast.parse(text)) is reads
